/* [twice] */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int number = 1;
    printf("before\n");
    pid_t child = fork();
    if (child == -1)
        return 1;
    if (child == 0)
        number = 100;
    else
        wait(NULL);
    printf("pid %d: fork returned %d, number %d at %p\n", getpid(), child, number,
           (void *)&number);
}
/* [twice] */
