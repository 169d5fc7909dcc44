__asm__(".data\n.rept 1000000000\n.quad 1, 2, 3, 4, 5, 6, 7, 8\n.endr\n");

int main(void)
{
}
