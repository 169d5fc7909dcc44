#define A _Pragma("GCC warning \"a warning that says nothing, at great length\"")
#define B A A A A A A A A A A A A A A A A
#define C B B B B B B B B B B B B B B B B
#define D C C C C C C C C C C C C C C C C
#define E D D D D D D D D D D D D D D D D
E E E E E E E E

int main(void)
{
}
