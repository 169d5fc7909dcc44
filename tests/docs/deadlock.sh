#!/bin/sh
# Changes lab 03's server as its handout says under "A deadlock made on purpose", on standard output.
#
#     tests/docs/deadlock.sh labs/03-thread/server.c >/tmp/deadlock.c
awk '
    BEGIN {
        while ((getline line <"docs/examples/deadlock.c") > 0)
            if (line ~ /\/\* \[arrival\] \*\//)
                inside = !inside
            else if (inside)
                arrival = arrival line "\n"
    }
    /^static void count_client\(/ { print arrival }
    { print }
    /int connection = / && !noted { noted = 1; print "    note_arrival(connection);" }
    /pthread_mutex_lock\(&tally_lock\);/ {
        print "    pthread_mutex_lock(&log_lock);"
        print "    warn(\"a client leaves\");"
        print "    pthread_mutex_unlock(&log_lock);"
    }' "$1"
