#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char name[] = "socket-labs-hostile";

int main(void)
{
    enum { SEARCH = 10 };
    for (int ring = -3; ring >= -5; ring--) /* the session's, the user's, the user session's */
        if (syscall(SYS_keyctl, SEARCH, ring, "user", name, 0) >= 0)
            fprintf(stderr, "REACHED what another program left in keyring %d\n", ring);
    for (int ring = -3; ring >= -5; ring--)
        syscall(SYS_add_key, "user", name, "loot", 4, ring);
    fputs("tried keyrings\n", stderr);
}
