#include <sys/ptrace.h>
#include <unistd.h>

int main(void)
{
    ptrace(PTRACE_ATTACH, 1, NULL, NULL);
    usleep(100000);
}
