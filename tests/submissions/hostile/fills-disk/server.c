#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20, MUCH = 256 };

static char piece[PIECE];

/* How many MiB fit below a directory, in files of 8 MiB. */
static int fill(const char *directory)
{
    int count = 0;
    for (int number = 0; count < MUCH; number++) {
        char path[256];
        snprintf(path, sizeof path, "%s/socket-labs-hostile-%d", directory, number);
        int fd = open(path, O_WRONLY | O_CREAT, 0666), before = count;
        while (fd != -1 && count - before < 8 && write(fd, piece, PIECE) == PIECE)
            count++;
        close(fd);
        if (count == before)
            break;
    }
    return count;
}

int main(void)
{
    static const char *const directories[] = {
        "/",    "/tmp", "/dev/shm", "/dev",     "/var/tmp",  "/run",       "/lab",
        "/etc", "/usr", "/meeting", "/grading", "@OUTSIDE@", "@CHECKOUT@", "@BUILD@"};
    memset(piece, 1, sizeof piece);
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        if (fill(directories[i]) > 32)
            fprintf(stderr, "REACHED more than 32 MiB in %s\n", directories[i]);
    fputs("found its bounds\n", stderr);
}
