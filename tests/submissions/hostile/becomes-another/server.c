#include <unistd.h>

__attribute__((constructor)) static void become(void)
{
    execl("/usr/bin/sleep", "sleep", "1000", (char *)0);
}

int main(void)
{
}
