#ifndef HEADGATE_CZLIB_H
#define HEADGATE_CZLIB_H

#include <zlib.h>

// zlib's own is a macro, which Swift does not see. 16 beside the window bits asks for gzip's header and trailer.
static inline int headgate_zlib_begin_gunzip(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

#endif
