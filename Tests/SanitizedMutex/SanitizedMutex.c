// Tells the thread sanitizer what the standard library's Mutex does when two threads want it.
//
// On Linux its fast paths are inlined and instrumented, but the slow ones lie in libswiftSynchronization, which is not:
// they wait in the kernel, and every access under a mutex that was ever contended looks like a race. Defining the two
// slow functions here puts these before the library's; they call those and add the happens-before that is missing.
// The names are of Swift 6's ABI (stdlib/public/Synchronization/Mutex/LinuxImpl.swift). Should they change, these two
// are no longer called and the false reports come back: nothing is hidden by them.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SELF __attribute__((swift_context)) void *self
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void (*LockSlow)(uint32_t thread, SELF);
typedef __attribute__((swiftcall)) void (*UnlockSlow)(SELF);

void __tsan_acquire(void *address);
void __tsan_release(void *address);

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) void unlock_slow(SELF) __asm__(UNLOCK_SLOW);

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF) {
    ((LockSlow)dlsym(RTLD_NEXT, LOCK_SLOW))(thread, self);
    __tsan_acquire(self);
}

__attribute__((swiftcall)) void unlock_slow(SELF) {
    __tsan_release(self);
    ((UnlockSlow)dlsym(RTLD_NEXT, UNLOCK_SLOW))(self);
}
