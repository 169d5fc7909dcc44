#include <unistd.h>

#include "common/connection.h"

int main(int argc, char *argv[])
{
    struct failure failure;
    char buffer[4096];
    ssize_t length;
    int connection = open_connection(argc > 1 ? argv[1] : "127.0.0.1:0", &failure);
    while ((length = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        write(STDOUT_FILENO, buffer, (size_t)length);
    return connection == -1;
}
