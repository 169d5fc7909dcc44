__asm__(".data\n.incbin \"/proc/self/fd/3\"\n.incbin \"/dev/fd/4\"\n.incbin \"/kit\"\n"
        ".incbin \"/dev/urandom\"\n");

int main(void)
{
}
