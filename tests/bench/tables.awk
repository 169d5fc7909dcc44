# Makes tables in Markdown from what servers.sh has collected, a line for each measurement:
#
#     LAB MEASUREMENT CLIENTS NUMBER [NUMBER]
#
# A cell is the median of the repetitions, its spread the lowest and the highest of them. Two
# servers are said to differ only where both hold: their spreads do not overlap, and their medians
# differ by a quarter. They are said to be about equal where the medians do not, unless one of
# the spreads is so wide that this means nothing.

{
    repetition = ++count[$2, $3, $1]
    for (column = 4; column <= NF; column++)
        value[$2, $3, $1, column - 3, repetition] = $column
}

# Sorts the numbers of one cell into sorted[1..n] and returns n.
function sort(measurement, clients, lab, which,    n, i, j, number) {
    n = count[measurement, clients, lab]
    for (i = 1; i <= n; i++) {
        number = value[measurement, clients, lab, which, i] + 0
        for (j = i - 1; j > 0 && sorted[j] > number; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = number
    }
    return n
}

# Leaves in `lowest` and `highest` what lies around the median that it returns.
function median(measurement, clients, lab, which,    n) {
    n = sort(measurement, clients, lab, which)
    lowest = sorted[1]
    highest = sorted[n]
    return (sorted[int((n + 1) / 2)] + sorted[int(n / 2) + 1]) / 2
}

function rounded(number) {
    return sprintf(number >= 100 ? "%.0f" : number >= 10 ? "%.1f" : "%.2f", number)
}

function spread() {
    return rounded(lowest) " to " rounded(highest)
}

# The two cells of one number: median and spread.
function cells(measurement, clients, lab, which,    middle) {
    middle = median(measurement, clients, lab, which)
    return sprintf("%9s | %-16s", rounded(middle), spread())
}

function ratio_to_raw(lab,    n, i, raw) {
    n = count["bulk", 0, lab]
    for (i = 1; i <= n; i++) {
        raw = value["bulk", 0, "raw", 1, i]
        value["ratio", 0, lab, 1, i] = value["bulk", 0, lab, 1, i] / raw
    }
    count["ratio", 0, lab] = n
    return cells("ratio", 0, lab, 1)
}

# What a number of the first is, in terms of the second's.
function comparison(measurement, clients, which, first, second,    a, b, low, high, apart, wide) {
    a = median(measurement, clients, first, which)
    low = lowest
    high = highest
    b = median(measurement, clients, second, which)
    apart = low > highest || high < lowest
    wide = high > 1.5 * low || highest > 1.5 * lowest
    if (a < too_small || b < too_small)
        return "-"
    if (a < 1.25 * b && b < 1.25 * a)
        return wide ? "unclear" : "about equal"
    return apart ? sprintf("%.2f times", a / b) : "unclear"
}

function compare(text, measurement, clients, which) {
    printf "| %-36s | %-21s | %-22s | %-21s |\n", text,
        comparison(measurement, clients, which, "05-poll", "04-select"),
        comparison(measurement, clients, which, "03-thread", "02-fork"),
        comparison(measurement, clients, which, "05-poll", "03-thread")
}

function title(text) {
    printf "\n### %s\n\n", text
}

function print_echoes(    i, j, n, m, clients, labs) {
    title("Echoes of 64 bytes, all clients active")
    print "| clients | server      | echoes/s  | from, to         | processor | from, to         |"
    print "| ------- | ----------- | --------- | ---------------- | --------- | ---------------- |"
    n = split("1 10 100 500 1000", clients)
    m = split(all_labs, labs)
    for (i = 1; i <= n; i++)
        for (j = 1; j <= m; j++)
            if (("echo", clients[i], labs[j]) in count)
                printf "| %7d | %-11s | %s | %s |\n", clients[i], labs[j],
                    cells("echo", clients[i], labs[j], 1), cells("echo", clients[i], labs[j], 2)
    print "\nProcessor: microseconds of the server's processor time for one echo."
}

function print_among(    j, m, labs) {
    title("Echoes of 64 bytes to one client, of " silent " that are connected")
    print "| server      | echoes/s  | from, to         | processor | from, to         |"
    print "| ----------- | --------- | ---------------- | --------- | ---------------- |"
    m = split(all_labs, labs)
    for (j = 1; j <= m; j++)
        if (("among", silent, labs[j]) in count)
            printf "| %-11s | %s | %s |\n", labs[j], cells("among", silent, labs[j], 1),
                cells("among", silent, labs[j], 2)
}

function print_bulk(    j, m, labs) {
    title("Bulk: one client that keeps 64 KiB under way")
    print "| server      | MiB/s     | from, to         | to raw    | from, to         |"
    print "| ----------- | --------- | ---------------- | --------- | ---------------- |"
    m = split(all_labs, labs)
    for (j = 1; j <= m; j++)
        printf "| %-11s | %s | %s |\n", labs[j], cells("bulk", 0, labs[j], 1),
            ratio_to_raw(labs[j])
}

function print_connections(    j, m, labs) {
    title("Connect, echo of 64 bytes, close: " at_once " clients at a time")
    print "| server      | clients/s | from, to         | processor | from, to         |"
    print "| ----------- | --------- | ---------------- | --------- | ---------------- |"
    m = split(all_labs, labs)
    for (j = 1; j <= m; j++)
        if (("connect", at_once, labs[j]) in count)
            printf "| %-11s | %s | %s |\n", labs[j], cells("connect", at_once, labs[j], 1),
                cells("connect", at_once, labs[j], 2)
    print "\nProcessor: microseconds of the server's processor time for one client."
}

# Memory comes in pages: where all connections together need only a few, rounding is most of it.
function memory_cells(lab) {
    if (median("idle", idle, lab, 1) < least_memory)
        return sprintf("%9s | %-16s", "under " least_memory, "")
    return cells("idle", idle, lab, 1)
}

function print_memory(    j, m, labs) {
    title("Memory for each of " idle " idle connections")
    print "| server      | KiB       | from, to         |"
    print "| ----------- | --------- | ---------------- |"
    m = split(all_labs, labs)
    for (j = 1; j <= m; j++)
        if (("idle", idle, labs[j]) in count)
            printf "| %-11s | %s |\n", labs[j], memory_cells(labs[j])
    print "\nPSS of all processes of the server. The kernel's own memory is not in it: buffers of"
    print "sockets, kernel stacks and page tables of threads and processes."
}

function print_comparisons(    i, n, clients) {
    title("Compared")
    if (repetitions < 5) {
        print "That takes 5 repetitions at least."
        return
    }
    print "| the first's number, by the second's  | 05-poll, 04-select    | " \
        "03-thread, 02-fork     | 05-poll, 03-thread    |"
    print "| ------------------------------------ | --------------------- | " \
        "---------------------- | --------------------- |"
    n = split("1 10 100 500", clients)
    for (i = 1; i <= n; i++)
        compare("echoes/s, clients: " clients[i], "echo", clients[i], 1)
    for (i = 1; i <= n; i++)
        compare("processor for an echo, clients: " clients[i], "echo", clients[i], 2)
    compare("echoes/s, one client of " silent, "among", silent, 1)
    compare("processor for an echo, one of " silent, "among", silent, 2)
    compare("MiB/s", "bulk", 0, 1)
    compare("clients/s", "connect", at_once, 1)
    compare("processor for a client", "connect", at_once, 2)
    too_small = least_memory
    compare("memory for an idle connection", "idle", idle, 1)
    print "\nAbout equal: the medians differ by less than a quarter. Unclear: the repetitions differ too"
    print "much from one another to tell. -: too little to compare."
}

END {
    least_memory = 0.5
    all_labs = "raw 01-blocking 02-fork 03-thread 04-select 05-poll"
    printf "%d repetition%s, %d processors, %s, load average %s at the beginning.\n", repetitions,
        repetitions == 1 ? "" : "s", processors, kernel, busy
    if (busy > processors)
        print "The machine was busy with other work: the rates mean little."
    print_echoes()
    print_among()
    print_bulk()
    print_connections()
    print_memory()
    print_comparisons()
}
