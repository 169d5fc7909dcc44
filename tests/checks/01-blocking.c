/* The suite of lab 01: what every stream server does, a server for one client at a time, and
 * the client. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/checks/check.h"
#include "tests/checks/client.h"
#include "tests/checks/echo.h"
#include "tests/checks/memory.h"
#include "tests/checks/sources.h"
#include "tests/checks/stream.h"

static void check_uses_sockets(void)
{
    static const char *const of_server[] = {"socket", "bind", "listen", "accept|accept4", NULL};
    static const char *const of_client[] = {"socket", "connect", NULL};
    expect_calls("server", of_server);
    expect_calls("client", of_client);
}

/* That the second is not served is seen from the server at rest with the second's line unread.
 */
static void check_one_at_a_time(void)
{
    static const struct blame blame = {SYMPTOM_waiting_client_unserved, SYMPTOM_altered_echo,
                                       SYMPTOM_waiting_client_unserved, SYMPTOM_server_ended};
    struct server server = server_start_here();
    struct peer *first = client_connect(&server, 0);
    converse(first, "I was here first\n", &plain_blame);
    struct peer *second = client_connect(&server, 0);
    client_says(second, "I wait for my turn\n");
    settle();
    if (second->channel.in_total > 0)
        failed(SYMPTOM_serves_both,
               "the second client has to wait while the first is connected: this lab's server "
               "is for one client at a time",
               "the second client had its answer while the first was still connected");
    if (second->channel.ended)
        failed(SYMPTOM_waiting_client_unserved, "the second client waits in the queue",
               "its connection was ended while it waited");
    converse(first, "and I am still served\n", &plain_blame);
    step("%s leaves", first->name);
    peer_close(first);
    expect_echo(second, &blame);
}

static void check_memory_clean(void)
{
    memory_of_server();
    memory_of_client();
}

static const struct check checks[] = {
    {"builds", 0, "", "", "each file, alone in an empty directory, compiles and links",
     check_builds},
    {"uses-sockets", 3, "builds", "",
     "server.c itself calls socket, bind, listen and accept, client.c socket and connect",
     check_uses_sockets},
    {"listens", 8, "", "server",
     "the ready line comes, and a client can connect to the address it names", check_listens},
    {"echoes", 10, "listens", "server", "lines, and bytes of every value, come back unchanged",
     check_echoes},
    {"serves-next-client", 8, "echoes", "server", "20 clients are served one after the other",
     check_serves_next_client},
    {"one-at-a-time", 4, "serves-next-client", "server",
     "a second client waits its turn, then is served", check_one_at_a_time},
    {"half-close", 6, "echoes", "server",
     "a client that has finished sending gets all that is still due, then end of file",
     check_half_close},
    {"echoes-bulk", 7, "echoes", "server",
     "4 MiB come back unchanged through short reads and short writes", check_echoes_bulk},
    {"survives-reset", 6, "serves-next-client", "server",
     "clients that reset mid-conversation leave the server serving, over TCP and unix sockets",
     check_survives_reset},
    {"keeps-no-descriptor", 5, "survives-reset", "server",
     "after 50 clients, half of them resetting, no descriptor is left open",
     check_keeps_no_descriptor},
    {"idles", 4, "echoes", "server",
     "with a silent client, and with none, the server uses less than 2 % of a processor",
     check_idles},
    {"tally", 5, "serves-next-client", "server",
     "the totals are exact, a slow, a resetting and a staying client among them", check_tally},
    {"any-family", 5, "echoes", "server",
     "it serves over IPv4, IPv6, a name, every interface and a unix: address",
     check_any_family},
    {"restarts-at-once", 4, "echoes", "server",
     "the port can be bound again right after the server was killed with a client connected",
     check_restarts_at_once},
    {"reports-bind-failure", 4, "listens", "server",
     "a taken port gives a message that names the address, and exit status 1, at once",
     check_reports_bind_failure},
    {"reports-usage", 1, "listens", "server client",
     "without an argument, a usage line and exit status 2", check_reports_usage},
    {"client-echoes", 6, "", "client",
     "what goes into the client comes out again, and it ends with exit status 0",
     check_client_echoes},
    {"client-bulk", 4, "client-echoes", "client",
     "1 MiB goes through, though the server reads no more than it can give back",
     check_client_bulk},
    {"client-refused", 2, "client-echoes", "client",
     "with nobody listening, a message and exit status 1", check_client_refused},
    {"client-server-leaves", 3, "client-echoes", "client",
     "a server that leaves early gives a message and exit status 1, no hang, no spin",
     check_client_server_leaves},
    {"client-short-reads", 3, "client-echoes", "client",
     "a reply that arrives a byte at a time is put together again", check_client_short_reads},
    {"memory-clean", 2, "serves-next-client client-echoes", "server-asan client-asan",
     "the address and undefined-behaviour sanitizers have nothing to report",
     check_memory_clean},
};

int main(int argc, char *argv[])
{
    const struct suite suite = {"01-blocking", "server client", checks,
                                sizeof checks / sizeof checks[0]};
    return suite_main(argc, argv, &suite);
}
