# shellcheck shell=sh
# What the packages' scripts share; read by them with `.`, after release.sh has set SOURCE (the
# commit's files), SCRATCH, OUT, COMMIT and COMMIT_TIME. Archives have sorted members, the
# commit's time, no owner and fixed modes, so that their bytes depend on the commit alone.

give_up() {
    echo "release: $1" >&2
    exit 1
}

# The labs of the commit; the last of them; up to one of them.
labs() {
    (cd "$SOURCE/labs" && ls -d [0-9]*)
}

last_lab() {
    labs | tail -n 1
}

# expect_lab VARIABLE NAME: or an error that says which there are.
expect_lab() {
    labs | grep -qxF -e "$2" || give_up "$1=$2: no such lab. There are: $(labs | tr '\n' ' ')"
}

# subset DIRECTORY LAB: what may be handed out of the commit when LAB is the last lab released.
subset() {
    sh "$SOURCE/tests/release/subset.sh" "$SOURCE" "$1" "$2" "$COMMIT"
}

# tar_of DIRECTORY NAME: an archive with the directory's member NAME, on standard output.
tar_of() {
    tar --sort=name --mtime="@$COMMIT_TIME" --owner=0 --group=0 --numeric-owner \
        --mode=u=rwX,go=rX --format=ustar -C "$1" -cf - "$2"
}

# zip_of DIRECTORY FILE: all that is in the directory. The modes and times are those of the files.
zip_of() {
    chmod -R u=rwX,go=rX "$1"
    find "$1" -exec touch -h -d "@$COMMIT_TIME" {} +
    rm -f "$2"
    (cd "$1" && find . -type f | sed 's,^\./,,' | sort | zip -X -q -9 "$2" -@)
}

# deliver FILE: from SCRATCH to OUT, whole or not at all.
deliver() {
    cp "$SCRATCH/$1" "$OUT/.$1.$$"
    mv "$OUT/.$1.$$" "$OUT/$1"
    echo "$OUT/$1"
}

# Some packages grade one lab, which has to be named.
expect_one_lab() {
    case ${LAB:-all} in
    all) give_up "which lab? Add LAB=NAME. There are: $(labs | tr '\n' ' ')" ;;
    esac
    expect_lab LAB "$LAB"
}
