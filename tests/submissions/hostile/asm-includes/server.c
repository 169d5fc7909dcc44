__asm__(".include \"@OUTSIDE@/secret\"\n.include \"/etc/passwd\"\n.include "
        "\"@CHECKOUT@/Makefile\"\n");
__asm__(".include \"/proc/self/environ\"\n.include \"/kit/common/error.h\"\n");

int main(void)
{
}
