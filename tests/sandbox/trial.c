/*
 * trial: does nothing. Built with the thread sanitizer, it tells whether that one works here.
 *
 * Where a student's program ends with the sanitizer's message that it does not, the suite starts
 * this in the same sandbox (tests/probe/program.c): either both end so, and nothing can be said of
 * the program, or the message was the program's own doing.
 */
int main(void)
{
    return 0;
}
