#include <stdio.h>
#include <unistd.h>

int main(void)
{
    puts("listening on 127.0.0.1:@PORT@");
    puts("listening on localhost:@PORT@");
    puts("listening on 192.0.2.1:7");
    puts("listening on unix:@OUTSIDE@/socket");
    puts("listening on unix:/grading/suite");
    fflush(stdout);
    pause();
}
