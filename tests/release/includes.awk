# Prints the named files and all that they need of the kit by #include "...", and the source that
# belongs to each header. The catalogue of symptoms is left out: subset.sh cuts it. To be run in
# the root of the kit: awk -f includes.awk FILE...

function want(file) {
    if (!(file in wanted)) {
        wanted[file]
        queue[++last] = file
    }
}

function is_there(file, line, found) {
    found = (getline line < file) >= 0
    close(file)
    return found
}

function read_includes(file, line, parts, status) {
    while ((status = (getline line < file)) > 0)
        if (line ~ /^# *include "/ && line !~ /\.def"/) {
            split(line, parts, "\"")
            want(parts[2])
        }
    close(file)
    if (status < 0) {
        print "includes.awk: cannot read " file > "/dev/stderr"
        failed = 1
    }
}

BEGIN {
    for (i = 1; i < ARGC; i++)
        want(ARGV[i])
    for (next_one = 1; next_one <= last; next_one++) {
        file = queue[next_one]
        print file
        read_includes(file)
        if (sub(/\.h$/, ".c", file) && is_there(file))
            want(file)
    }
    exit failed
}
