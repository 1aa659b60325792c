// The C library's module in Swift's SDK leaves epoll out.
#include <sys/epoll.h>
