#include <stdio.h>

int main(void)
{
    for (int i = 0; i < 2; i++) {
        FILE *out = i == 0 ? stdout : stderr;
        fputs("\033[2J\033[H\033[32mall passed\033[0m\033]0;owned\a\r\b\x9b", out);
        fputs("\xff\xfe\xc0\x80\xed\xa0\x80\xf8\x88\x80\x80\x80\xc2\x9b", out);
        fputs("\xe2\x80\xae desrever \xe2\x81\xa6\xef\xbb\xbf\n", out);
        for (int byte = 0; byte < 256; byte++)
            fputc(byte, out);
        fputs("\n\033P$q\033\\\n", out);
    }
}
