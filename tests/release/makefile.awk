# Cuts the makefile down to what a student's kit has: the sections named below, and of `make help`
# the lines for students and those of targets that are kept. A section that is not named here is
# not handed out.

BEGIN {
    keep["what is needed of Debian's packages"]
    keep["programs"]
    keep["students"]
    keep["documentation"]
    keep["everybody"]
    kept = 1 # what stands before the first section
}

/^# ---- / {
    section = $0
    sub(/^# ---- /, "", section)
    sub(/ -+$/, "", section)
    kept = section in keep
}

!kept { next }

/^\.PHONY: / {
    for (i = 2; i <= NF; i++)
        targets[$i]
}

/^[a-z]/ { helping = /^help:/ }

helping && /^\t@echo$/ { next }
helping && /^\t@echo "V=1/ { print "\t@echo" }
helping && /^\t@echo "For / {
    students = /For students/
    if (!students) next
}
helping && /^\t@echo "  / {
    if ($3 != "make" ? !students : !/"  make  / && !($4 in targets))
        next
}
{ print }
