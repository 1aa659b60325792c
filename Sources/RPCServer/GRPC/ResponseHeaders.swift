import CNghttp2
import WireProtocol

/// The header fields of answers as libnghttp2 takes them. Those that never change are made once.
final class ResponseHeaders {
    /// `:status 200` and the content type.
    let head: UnsafeMutablePointer<nghttp2_nv>
    let headCount = 2
    /// `grpc-status: 0`.
    let okTrailer: UnsafeMutablePointer<nghttp2_nv>

    init() {
        head = .allocate(capacity: 3)
        head.initialize(to: Self.field(":status", "200"))
        head.advanced(by: 1).initialize(to: Self.field("content-type", "application/grpc"))
        okTrailer = head.advanced(by: headCount)
        okTrailer.initialize(to: Self.field("grpc-status", "0"))
    }

    deinit { head.deallocate() }

    /// Hands the fields of a status other than OK, which are valid during `body`: the library copies them.
    func withStatus(
        _ status: WireError,
        afterHead: Bool,
        _ body: (UnsafePointer<nghttp2_nv>, Int) -> Void
    ) {
        let message = PercentEncoding.encode(status.message, atMost: HTTP2Bounds.statusMessage)
        let code = Array("\(status.code.rawValue)".utf8)
        let first = afterHead ? headCount : 0
        withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: headCount + 3) { fields in
            guard let start = fields.baseAddress else { return }
            start.initialize(from: head, count: first)
            message.withUnsafeBufferPointer { message in
                code.withUnsafeBufferPointer { code in
                    start.advanced(by: first).initialize(to: Self.field("grpc-status", code))
                    start.advanced(by: first + 1).initialize(to: Self.field("grpc-message", message))
                    // Which encodings would have been taken: asked for with a status of this kind only.
                    let accepts = Self.field("grpc-accept-encoding", "identity,gzip")
                    start.advanced(by: first + 2).initialize(to: accepts)
                    body(start, first + (status.code == .unimplemented ? 3 : 2))
                }
            }
        }
    }

    /// Hands a `:status` alone.
    func withHTTPStatus(_ status: StaticString, _ body: (UnsafePointer<nghttp2_nv>) -> Void) {
        var field = Self.field(":status", status)
        body(&field)
    }

    /// A field whose text never goes away, so that the library needs no copy.
    private static func field(_ name: StaticString, _ value: StaticString) -> nghttp2_nv {
        nghttp2_nv(
            name: UnsafeMutablePointer(mutating: name.utf8Start),
            value: UnsafeMutablePointer(mutating: value.utf8Start),
            namelen: name.utf8CodeUnitCount,
            valuelen: value.utf8CodeUnitCount,
            flags: UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
        )
    }

    private static func field(_ name: StaticString, _ value: UnsafeBufferPointer<UInt8>) -> nghttp2_nv {
        nghttp2_nv(
            name: UnsafeMutablePointer(mutating: name.utf8Start),
            value: UnsafeMutablePointer(mutating: value.baseAddress),
            namelen: name.utf8CodeUnitCount,
            valuelen: value.count,
            flags: UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue)
        )
    }
}
