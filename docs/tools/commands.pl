#!/usr/bin/perl
# Runs the commands that a page shows, and compares what they print with what the page says.
#
#     commands.pl --check PAGE...     says which blocks of commands are not marked; status 1 if there are any
#     commands.pl --blocks PAGE       prints the marked blocks, to compare two translations by
#     commands.pl --count PAGE...     how many blocks are run, how many not, and why
#     commands.pl PAGE                runs them; prints a line of TAP for each
#
# The last one is started by tests/docs/commands.sh, in the top directory of a copy of the built kit with
# the solutions in labs/, as process 1 of namespaces of its own; /tmp/untouched holds a kit with the
# skeletons. Every block of commands is fenced ```console, its commands stand after `$ `, and a comment
# right above the fence says what to do with it:
#
#     <!-- run -->              type the commands into a terminal, where the block before has ended
#     <!-- run: COMMAND -->     the same in a new scene, after a COMMAND that readers do not see: all
#                               programs of before are ended, no port is taken (files last until the
#                               end of the page)
#     <!-- run on: COMMAND -->  the same without a new scene
#     <!-- not run: WHY -->
#
# Behind `run`, after commas, there may be
#
#     skeleton                  a new scene in the untouched kit
#     then Ctrl-C               the last command does not end by itself
#     within N seconds          in place of 30, for each command
#     3101 9.7 differ           these words may be others, but each of them the same other one everywhere
#
# Output is compared line by line. Any number of blanks is as good as another; `...` stands for any text
# in a line, or alone for any lines; what an interactive bash says of jobs is left out. A block that begins
# with a line `terminal 1   terminal 2` has columns: each is a terminal, whose lines are typed and expected in
# the order of the page. A command that ends in `# terminal 2` goes to that terminal, and so does what
# follows it. A line `Ctrl-C` presses these keys; so do Ctrl-D, Ctrl-Q, Ctrl-S and Ctrl-Z.
#
# Functions of the shell that a page defines in one line are known in all of its blocks. Besides,
#
#     serve LAB [PREFIX]...     starts the lab's server on port 7000, in silence, with the words of PREFIX in front
#     listening PORT            waits until clients can connect
#     as_user COMMAND...        runs it without root's privileges
#     wrong LAB NAME            in this scene, the lab's server is this one of tests/submissions/LAB/wrong
#     changed LAB SCRIPT        in this scene, the lab's server is what this script of sed makes of it
use strict;
use warnings;
use utf8;
use POSIX ();
use Time::HiRes qw(time sleep);

my $READY = '<%ready%>';
my $LATE  = 4;              # seconds for what comes after the prompt
my $ROOM  = '/tmp/.page';

# ---- pages -------------------------------------------------------------------------------------

# The fenced blocks of a page: {line, label, indent, mark, lines}.
sub blocks_of {
    my ($page) = @_;
    open my $file, '<:encoding(UTF-8)', $page or die "$page: $!\n";
    chomp(my @lines = <$file>);
    my @blocks;
    for (my $at = 0; $at < @lines; $at++) {
        next unless $lines[$at] =~ /^(\s*)```(\S*)\s*$/;
        my ($indent, $label, $start) = (length $1, $2, $at);
        my @body;
        push @body, $lines[$at] while ++$at < @lines && $lines[$at] !~ /^\s*```\s*$/;
        for (@body) { $_ = substr $_, $indent if /^ {$indent}/ }
        my $mark = '';
        if ($start > 0 && $lines[$start - 1] =~ /-->\s*$/) {
            my $from = $start - 1;
            $from-- while $from > 0 && $lines[$from] !~ /<!--/;
            $mark = join "\n", map { s/^\s+|\s+$//gr } @lines[$from .. $start - 1];
            $mark = $mark =~ /^<!--\s*(.*?)\s*-->$/s ? $1 : '';
        }
        push @blocks, { page => $page, line => $start + 1, label => $label, mark => $mark, lines => \@body };
    }
    return @blocks;
}

# What the mark of a block asks for; nothing when it is none.
sub asked {
    my ($mark) = @_;
    return { why => $1 } if $mark =~ /^not run:\s*(\S.*)$/s;
    return unless $mark =~ /^run( on)?((?:,\s*[^:,]+)*)(?::\s*(.*))?$/s;
    my %asked = (on => $1, options => $2, hidden => $3 // '', seconds => 30, differ => []);
    for (split /,\s*/, $asked{options} =~ s/\n/ /gr) {
        next if $_ eq '';
        if (/^within (\d+) seconds$/) { $asked{seconds} = $1 }
        elsif (/^(.+) differs?$/)     { $asked{differ} = [ split ' ', $1 ] }
        elsif ($_ eq 'then Ctrl-C')   { $asked{interrupt} = 1 }
        elsif ($_ eq 'skeleton')      { $asked{skeleton} = 1 }
        else                          { return }
    }
    for my $word ('skeleton', 'terminals') {
        ($asked{$word}, $asked{hidden}) = (1, '') if $asked{hidden} eq $word;
    }
    return \%asked;
}

sub complaints {
    my ($page) = @_;
    my @complaints;
    for my $block (blocks_of($page)) {
        my $commands = grep { /^\$ / || /\s\$ \w/ && $block->{lines}[0] =~ /^terminal \d\s/ } @{ $block->{lines} };
        my $asked = asked($block->{mark});
        my $what = $block->{label} eq 'console' && !$asked ? 'says neither `run` nor `not run: WHY`'
            : $block->{label} eq '' && $commands ? 'shows commands and is not fenced ```console'
            : $block->{label} ne 'console' && $asked ? 'is marked, and not fenced ```console'
            : '';
        push @complaints, "$page:$block->{line}: this block $what\n" if $what;
    }
    return @complaints;
}

# ---- what is typed and what is expected -------------------------------------------------------

sub unfinished {
    my ($command) = @_;
    return 1 if $command =~ /\\\z/;
    open my $shell, '-|', 'bash', '-c', 'bash -nc "$1" 2>&1', 'bash', $command or die "bash: $!\n";
    my $said = do { local $/; <$shell> } // '';
    close $shell;
    return $said =~ /unexpected (?:end of file|EOF)|here-document/;
}

# Columns of a text, a Hangul syllable being two wide.
sub column {
    my ($text, $from, $to) = @_;
    my ($at, $part) = (0, '');
    for my $char (split //, $text) {
        $part .= $char if $at >= $from && (!defined $to || $at < $to);
        $at += $char =~ /[\x{1100}-\x{115f}\x{2e80}-\x{a4cf}\x{ac00}-\x{d7a3}\x{f900}-\x{faff}\x{ff00}-\x{ff60}]/ ? 2 : 1;
    }
    return $part =~ s/\s+$//r;
}

# The lines of a block as steps {terminal, kind, text, line}; kind is command, key or output.
sub steps_of {
    my ($block) = @_;
    my @lines  = @{ $block->{lines} };
    my $number = $block->{line};
    my @from   = (0);
    if (@lines && $lines[0] =~ /^(?:terminal|터미널) \d(?: \S+)?\s{2,}\S/) {
        my $header = shift @lines;
        $number++;
        $header =~ s/[가-힣]/xx/g;
        push @from, $-[0] while $header =~ /(?<=\s\s)\S/g;
    }
    my (@steps, %open);
    my $current = 0;
    for my $line (@lines) {
        $number++;
        for my $at (0 .. $#from) {
            my $text = @from == 1 ? $line : column($line, $from[$at], $from[ $at + 1 ]);
            next if @from > 1 && $text eq '';
            my $terminal = @from == 1 ? $current : $at;
            if (my $step = $open{$terminal}) {
                $text =~ s/^> //;
                $step->{text} .= "\n$text";
                delete $open{$terminal} unless unfinished($step->{text});
                next;
            }
            my $kind = $text =~ s/^\$ // ? 'command' : $text =~ /^Ctrl-[CDQSZ]\b/ ? 'key' : 'output';
            if ($kind ne 'output' && @from == 1 && $text =~ /# terminal (\d)/) {
                $terminal = $current = $1 - 1;
            }
            push @steps, { terminal => $terminal, kind => $kind, text => $text, line => $number };
            $open{$terminal} = $steps[-1] if $kind eq 'command' && unfinished($text);
        }
    }
    return @steps;
}

# A piece of an expected line as a pattern. `differ` are words that may be others; `seen` those that
# have had their first place.
sub pattern {
    my ($text, $differ, $seen) = @_;
    my $pattern = '';
    my $words = join '|', map { quotemeta } sort { length $b <=> length $a } @$differ;
    for my $piece (split /(\.\.\.|[ \t]+)/, $text) {
        if    ($piece eq '...')       { $pattern .= '[^\n]*?' }
        elsif ($piece =~ /^[ \t]+$/)  { $pattern .= $pattern eq '' || $pattern =~ /\*\?$/ ? '[ \t]*' : '[ \t]+' }
        elsif (@$differ) {
            for (split /(?<!\w)($words)(?!\w)/, $piece) {
                my $index;
                for my $i (0 .. $#$differ) { $index = $i if $differ->[$i] eq $_ }
                if (!defined $index) { $pattern .= quotemeta }
                elsif ($seen->{$index}++) { $pattern .= "\\g{w$index}" }
                else { $pattern .= "(?<w$index>[\\w.]+)" }
            }
        }
        else { $pattern .= quotemeta $piece }
    }
    $pattern =~ s/\[ \\t\]\+(?=\[\^\\n\]\*\?)/[ \\t]*/g;
    return $pattern =~ /^\[ \\t\]\*/ ? $pattern : "[ \\t]*$pattern";
}

sub lines_pattern {
    my ($differ, @lines) = @_;
    my %seen;
    return join '', map { /^\s*\.\.\.\s*$/ ? '(?:[^\n]*\n)*?' : pattern($_, $differ, \%seen) . "[ \\t]*\n" } @lines;
}

# Expected and real lines side by side, as diff(1) shows them.
sub difference {
    my ($differ, $want, $got) = @_;
    my (@table, @said);
    my @pattern = map { my %seen; my $p = /^\s*\.\.\.\s*$/ ? '.*' : pattern($_, $differ, \%seen); qr/\A$p[ \t]*\z/ } @$want;
    for my $w (reverse 0 .. @$want) {
        for my $g (reverse 0 .. @$got) {
            $table[$w][$g] =
                  $w == @$want || $g == @$got  ? 0
                : $got->[$g] =~ $pattern[$w]   ? 1 + $table[ $w + 1 ][ $g + 1 ]
                : $table[ $w + 1 ][$g] > $table[$w][ $g + 1 ] ? $table[ $w + 1 ][$g]
                : $table[$w][ $g + 1 ];
        }
    }
    my ($w, $g) = (0, 0);
    while ($w < @$want || $g < @$got) {
        if ($w < @$want && $g < @$got && $got->[$g] =~ $pattern[$w]) { push @said, "  $got->[$g]"; $w++; $g++ }
        elsif ($w < @$want && ($g == @$got || $table[ $w + 1 ][$g] >= $table[$w][ $g + 1 ])) { push @said, "- $want->[$w++]" }
        else { push @said, "+ $got->[$g++]" }
    }
    return @said;
}

# ---- terminals ---------------------------------------------------------------------------------

my (@terminals, $scene, $untouched, @functions);

sub rc {
    return <<'END' =~ s/READY/$READY/r =~ s/FUNCTIONS/join "\n", @functions/er;
export PS1='READY' PS2=''
set +m +H
unset HISTFILE
listening() {
    until ss -Htln "sport = :$1" | grep -q .; do sleep 0.02; done
}
serve() {
    local lab=$1
    shift
    "$@" "build/labs/$lab/server" 127.0.0.1:7000 </dev/null >/dev/null 2>&1 &
    disown
    listening 7000
}
in_place() {
    gcc -std=gnu17 -g -O1 -I. -o /tmp/.page/server "$2" build/libcommon.a -pthread
    mount --bind /tmp/.page/server "build/labs/$1/server"
    mount --bind "$2" "labs/$1/server.c"
}
wrong() {
    in_place "$1" "tests/submissions/$1/wrong/$2/server.c"
}
changed() {
    sed "$2" "labs/$1/server.c" >/tmp/.page/server.c
    in_place "$1" /tmp/.page/server.c
}
bash() {
    if [ $# -eq 0 ]; then
        command bash --noediting --rcfile /tmp/.page/rc -i
    else
        command bash "$@"
    fi
}
ulimit -Sn 4096
as_user() {
    if [ "$(awk '{ print $2 }' /proc/self/uid_map)" = 0 ]; then
        setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
    else
        command "$@"
    fi
}
FUNCTIONS
END
}

sub open_scene {
    my ($count, $skeleton) = @_;
    close_scene();
    $untouched = $skeleton;
    my @paths;
    for (1 .. $count) {
        sysopen my $master, '/dev/ptmx', POSIX::O_RDWR() | POSIX::O_NOCTTY() or die "/dev/ptmx: $!\n";
        my $number = pack 'i', 0;
        ioctl $master, 0x40045431, $number or die "TIOCSPTLCK: $!\n";
        ioctl $master, 0x80045430, $number or die "TIOCGPTN: $!\n";
        push @paths, '/dev/pts/' . unpack 'i', $number;
        push @terminals, { master => $master, got => '', want => [], ready => 0, line => 0 };
    }
    mkdir $ROOM;
    open my $file, '>', "$ROOM/rc" or die "$ROOM/rc: $!\n";
    print $file rc();
    close $file;
    my $start = <<'END';
ip link set lo up || exit
(echo 3000 >/proc/sys/kernel/ns_last_pid) 2>/dev/null # numbers of processes have four digits
if [ "$1" = 1 ]; then mount --bind /tmp/untouched "$PWD" && cd "$PWD" || exit; fi
shift
for terminal; do
    setsid --ctty env --default-signal=INT,QUIT \
        sh -c 'stty -echo -opost cols 120 rows 40 && exec bash --noediting --rcfile /tmp/.page/rc -i' \
        <>"$terminal" >&0 2>&1 &
done
wait
END
    $scene = fork // die "fork: $!\n";
    if ($scene == 0) {
        %ENV = (PATH => $ENV{PATH}, HOME => $ROOM, TERM => 'dumb', LC_ALL => 'C.UTF-8', USER => $ENV{USER} // 'root');
        POSIX::close($_) for 3 .. 1023; # pages count descriptors
        exec 'unshare', qw(--net --mount --pid --fork --kill-child --mount-proc -- sh -c), $start, 'sh', $skeleton ? 1 : 0, @paths;
        die "unshare: $!\n";
    }
    await(10, sub { !grep { !$_->{ready} } @terminals }) or die "no shell begins\n";
}

sub close_scene {
    return unless defined $scene;
    kill 'KILL', $scene;
    waitpid $scene, 0;
    undef $scene;
    close $_->{master} for @terminals;
    @terminals = ();
}

sub type {
    my ($terminal, $text) = @_;
    $terminal->{ready} = 0;
    $terminal->{got} = '';
    syswrite $terminal->{master}, "$text\n";
}

# Reads from all terminals until the condition holds, or the time is over.
sub await {
    my ($seconds, $condition) = @_;
    my $end = time + $seconds;
    while (1) {
        my $holds = $condition->();
        return $holds if $holds || time >= $end;
        my $bits = '';
        vec($bits, fileno $_->{master}, 1) = 1 for @terminals;
        my $left = $end - time;
        next unless select(my $readable = $bits, undef, undef, $left < 0.2 ? $left : 0.2) > 0;
        for my $terminal (@terminals) {
            next unless vec $readable, fileno $terminal->{master}, 1;
            my $length = sysread $terminal->{master}, $terminal->{got}, 65536, length $terminal->{got};
            next unless $length;
            $terminal->{ready} = 1 if $terminal->{got} =~ s/\Q$READY\E//g;
        }
    }
}

# What a terminal has shown since its last command, without what bash says of jobs.
sub shown {
    my ($terminal) = @_;
    my $text = $terminal->{got} =~ s/\r//gr;
    utf8::decode($text);
    $text =~ s/\e\[[\d;]*[mK]//g; # colours
    $text =~ s/^\[\d+\] \d+\n//mg;
    $text =~ s/^\n?\[\d+\][+-]? +(?:Stopped|Done|Exit|Terminated|Killed|Hangup|Broken pipe|Segmentation fault|Aborted)\b.*\n(?:do\n(?:    .*\n)*done.*\n)?//mg;
    $text =~ s/^(?:Terminated|Killed|Hangup)\n//mg;
    $text .= "\n" if $text ne '' && $text !~ /\n\z/;
    return $text;
}

sub fits {
    my ($terminal, $differ, $whole) = @_;
    my $pattern = lines_pattern($differ, @{ $terminal->{want} });
    return $whole ? shown($terminal) =~ /\A$pattern\n*\z/ : shown($terminal) =~ /\A$pattern/;
}

# ---- running -----------------------------------------------------------------------------------

# Runs one block; returns what is wrong, in lines, or nothing.
sub run_block {
    my ($block, $asked) = @_;
    my @steps = steps_of($block);
    my $count = 1;
    for (@steps) { $count = $_->{terminal} + 1 if $_->{terminal} >= $count }
    my $new = !defined $scene || $asked->{hidden} ne '' && !$asked->{on} || $count != @terminals && !$asked->{on}
        || ($asked->{skeleton} // 0) != ($untouched // 0);
    open_scene($count, $asked->{skeleton}) if $new;
    my ($seconds, $differ) = ($asked->{seconds}, $asked->{differ});
    await(2, sub { !grep { !$_->{ready} } @terminals });
    if ($asked->{hidden} ne '') {
        type($terminals[0], "{ $asked->{hidden}\n} </dev/null");
        await($seconds, sub { $terminals[0]{ready} }) or return ('the hidden command does not end', shown($terminals[0]));
    }
    for (@terminals) { @$_{qw(got want line)} = ('', [], $block->{line}) }

    my $wrong = sub {
        my ($what) = @_;
        my @said;
        for my $at (0 .. $#terminals) {
            my $terminal = $terminals[$at];
            next if fits($terminal, $differ, 1);
            push @said, "$block->{page}:$terminal->{line}: \$ " . ($terminal->{command} // ''),
                difference($differ, $terminal->{want}, [ split /\n/, shown($terminal) ]);
        }
        return ($what, @said);
    };
    for my $at (0 .. $#steps) {
        my $step     = $steps[$at];
        my $terminal = $terminals[ $step->{terminal} ];
        if ($step->{kind} eq 'output') {
            push @{ $terminal->{want} }, $step->{text};
            next;
        }
        # Everything that the page shows so far has to be there before the next thing happens.
        my $key = $step->{kind} eq 'key';
        $key || await($seconds, sub { $terminal->{ready} })
            or return $wrong->("$block->{page}:$terminal->{line}: no end within $seconds seconds");
        await($key ? $seconds : $LATE, sub { !grep { !fits($_, $differ, $key || $_ == $terminal) } @terminals })
            or return $wrong->('not as the page says');
        if ($key) {
            my $code = ord(substr $step->{text}, 5, 1) - 64;
            sleep 0.3;
            syswrite $terminal->{master}, chr $code;
            next;
        }
        @$terminal{qw(want line command)} = ([], $step->{line}, $step->{text});
        sleep 0.1 if $at > 0; # nobody types faster
        type($terminal, $step->{text});
    }
    my $last = $terminals[ @steps ? $steps[-1]{terminal} : 0 ];
    if ($asked->{interrupt}) {
        await($seconds, sub { fits($last, $differ, 1) }) or return $wrong->('not as the page says');
        syswrite $last->{master}, "\003";
        await($LATE, sub { $last->{ready} }) or return $wrong->('Ctrl-C does not end it');
        return;
    }
    if ($count == 1) {
        await($seconds, sub { $last->{ready} })
            or return $wrong->("$block->{page}:$last->{line}: no end within $seconds seconds");
    }
    await($count == 1 ? $LATE : $seconds, sub { !grep { !fits($_, $differ, 1) } @terminals })
        or return $wrong->('not as the page says');
    return;
}

sub run_page {
    my ($page) = @_;
    my $failed = 0;
    my @blocks = blocks_of($page);
    @functions = grep { s/^\$ (?=\w+\(\) *\{.*\}$)// } map { @{ [ @{ $_->{lines} } ] } } @blocks;
    for my $block (@blocks) {
        next unless $block->{label} eq 'console';
        my $asked = asked($block->{mark});
        next if !$asked || $asked->{why};
        my ($first) = grep { s/^.*?\$ // } @{ [ @{ $block->{lines} } ] };
        my $begin = time;
        my @wrong = run_block($block, $asked);
        my $name = "$page:$block->{line}: " . substr($first // '', 0, 60) =~ s/#/\\#/gr;
        my $took = sprintf '%.1f s', time - $begin;
        print @wrong ? "not ok - $name\n" : "ok - $name ($took)\n";
        print "# $_\n" for map { split /\n/ } @wrong;
        if (@wrong) {
            $failed = 1;
            close_scene();
        }
    }
    close_scene();
    return $failed;
}

# ---- main --------------------------------------------------------------------------------------

binmode STDOUT, ':encoding(UTF-8)';
$| = 1;
my $mode = @ARGV && $ARGV[0] =~ /^--/ ? shift : '--run';
if ($mode eq '--check') {
    my @complaints = map { complaints($_) } @ARGV;
    print @complaints;
    exit(@complaints ? 1 : 0);
}
if ($mode eq '--blocks') {
    for my $block (grep { asked($_->{mark}) } map { blocks_of($_) } @ARGV) {
        my @lines = @{ $block->{lines} };
        $lines[0] =~ s/ +/ /g if @lines && $lines[0] =~ s/터미널(?= \d)/terminal/g; # the heads of columns
        $lines[0] =~ s/ +/ /g if @lines && $lines[0] =~ /^terminal \d/;
        print "$block->{mark}\n", map { "$_\n" } @lines, '';
    }
    exit;
}
if ($mode eq '--count') {
    for my $page (@ARGV) {
        my @asked = grep { $_ } map { asked($_->{mark}) } blocks_of($page);
        printf "%s: %d run, %d not run\n", $page, scalar(grep { !$_->{why} } @asked), scalar(grep { $_->{why} } @asked);
        print "    ", $_->{why} =~ s/\n/ /gr, "\n" for grep { $_->{why} } @asked;
    }
    exit;
}
exit run_page($ARGV[0]);
