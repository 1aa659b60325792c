#ifndef HEADGATE_CNGHTTP2_H
#define HEADGATE_CNGHTTP2_H

#include <nghttp2/nghttp2.h>

// Distributions have this in versions whose number does not tell, as it came with a security fix: weak, so that
// a library without it links as well.
extern void nghttp2_option_set_stream_reset_rate_limit(nghttp2_option *option, uint64_t burst, uint64_t rate)
    __attribute__((weak));

// The library's own limit of resets would cut off honest callers whose deadlines are short. The daemon counts resets
// in proportion to useful streams instead.
static inline void headgate_nghttp2_lift_reset_limit(nghttp2_option *option) {
    if (nghttp2_option_set_stream_reset_rate_limit)
        nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX / 4, UINT64_MAX / 4);
}

// SETTINGS_NO_RFC7540_PRIORITIES (RFC 9218, 2.1), which older versions have no name for; to them it says nothing.
static const int32_t headgate_nghttp2_no_priorities = 9;

#endif
