#pragma GCC warning "\033[2J\033[1;1H ok builds \a\r"
#warning [2J[1;1H›31m all ÿ passed 
#line 7 "\033]0;owned\007\033[31m.c"
int unused(void)
{
}
void missing(void) __asm__("\033[32mok\033[0m\x9b");

int main(void)
{
    missing();
}
