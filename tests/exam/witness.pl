#!/usr/bin/perl
# What hostile.sh sets up around a hostile submission, beyond what a shell can do: somebody who
# would see it come out of its sandbox. Only modules that come with perl itself.
#
# usage: witness.pl listen LOG ABSTRACT PATH
#            listens on a port of the loopback, an abstract unix socket and one at PATH. Writes the
#            port to LOG.port, and a line to LOG for each connection. Runs until it is killed.
#        witness.pl connect PORT ABSTRACT PATH
#            connects to each of the three, to see that they do listen.
#        witness.pl keep LOG COMMAND...
#            runs COMMAND, and ends with its exit status. Processes that it leaves behind, in
#            whatever session or process group, come to us; those that do not end within 5
#            seconds are named in LOG, and killed.
use strict;
use warnings;
use IO::Select;
use POSIX ();
use Socket;

sub abstract_address { return pack_sockaddr_un("\0" . shift) }

sub start_to_listen {
    my ($domain, $address) = @_;
    socket(my $listener, $domain, SOCK_STREAM, 0) or die "socket: $!";
    bind($listener, $address) or die "bind: $!";
    listen($listener, 64) or die "listen: $!";
    return $listener;
}

sub write_file {
    my ($path, $text) = @_;
    open(my $file, '>', "$path.new") or die "$path: $!";
    print $file $text;
    close($file) or die "$path: $!";
    rename("$path.new", $path) or die "$path: $!";
}

sub listen_for_ever {
    my ($log, $abstract, $path) = @_;
    my %names;
    my $loopback = start_to_listen(PF_INET, pack_sockaddr_in(0, INADDR_LOOPBACK));
    my $hidden = start_to_listen(PF_UNIX, abstract_address($abstract));
    my $named = start_to_listen(PF_UNIX, pack_sockaddr_un($path));
    chmod(0666, $path);
    open(my $out, '>', $log) or die "$log: $!";
    $out->autoflush(1);
    write_file("$log.port", (unpack_sockaddr_in(getsockname($loopback)))[0] . "\n");
    my $select = IO::Select->new($loopback, $hidden, $named);
    while (my @ready = $select->can_read()) {
        for my $listener (@ready) {
            accept(my $connection, $listener) or next;
            my $which = $listener == $loopback ? 'loopback' : $listener == $hidden ? 'abstract' : 'path';
            print $out "$which\n";
            close($connection);
        }
    }
}

sub connect_to_all {
    my ($port, $abstract, $path) = @_;
    my @all = ([PF_INET, pack_sockaddr_in($port, INADDR_LOOPBACK)],
               [PF_UNIX, abstract_address($abstract)], [PF_UNIX, pack_sockaddr_un($path)]);
    for my $one (@all) {
        socket(my $fd, $one->[0], SOCK_STREAM, 0) or die "socket: $!";
        connect($fd, $one->[1]) or die "connect: $!";
        sysread($fd, my $byte, 1); # the end comes when the connection has been noted
    }
}

# Orphans go to the nearest process above that has asked for them: prctl(2), which perl lacks.
sub ask_for_orphans {
    my %numbers = (x86_64 => 157, aarch64 => 167, riscv64 => 167);
    my $number = $numbers{(POSIX::uname())[4]} or die "this machine's number of prctl is not known";
    my $subreaper = 36;
    die "prctl: $!" if syscall($number, $subreaper, 1, 0, 0, 0) != 0;
}

sub slurp {
    my ($path) = @_;
    open(my $file, '<', $path) or return '';
    local $/;
    my $text = <$file>;
    return defined $text ? $text : '';
}

sub descendants {
    my @all = @_;
    for (my $i = 0; $i < @all; $i++) {
        push @all, split ' ', slurp($_) for glob("/proc/$all[$i]/task/*/children");
    }
    shift @all;
    return @all;
}

sub name_what_is_left {
    my ($log) = @_;
    my @left = descendants($$);
    my $text = join '', map { my $line = slurp("/proc/$_/cmdline"); "$_ $line\n" } @left;
    $text =~ tr/\0/ /;
    write_file($log, $text);
    kill 'KILL', @left;
}

sub keep {
    my ($log, @command) = @_;
    ask_for_orphans();
    my $child = fork();
    die "fork: $!" unless defined $child;
    if ($child == 0) {
        exec @command or POSIX::_exit(127);
    }
    waitpid($child, 0);
    my $status = $?;
    local $SIG{ALRM} = sub { name_what_is_left($log) };
    write_file($log, '');
    alarm 5;
    1 while waitpid(-1, 0) > 0 || $!{EINTR};
    exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
}

my $verb = shift @ARGV // '';
if ($verb eq 'listen' && @ARGV == 3) { listen_for_ever(@ARGV) }
elsif ($verb eq 'connect' && @ARGV == 3) { connect_to_all(@ARGV) }
elsif ($verb eq 'keep' && @ARGV > 1) { keep(@ARGV) }
else { die "usage: witness.pl listen LOG ABSTRACT PATH | connect PORT ABSTRACT PATH | keep LOG COMMAND...\n" }
