import CNghttp2
import NIOCore
import WireProtocol

/// One HTTP/2 connection as libnghttp2 keeps it: bytes in, events to the handler; answers in, bytes out.
///
/// Frames, HPACK, flow control and the states of streams are the library's. Each stream carries the slot of its call,
/// so that no event needs a look-up of ours. Nothing may be received or sent from within an event.
final class HTTP2Session {
    private let session: OpaquePointer
    private let headers: ResponseHeaders

    init() {
        headers = ResponseHeaders()
        var callbacks: OpaquePointer?
        var option: OpaquePointer?
        var session: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&option) == 0 else {
            preconditionFailure("out of memory")
        }
        Self.set(callbacks)
        // Closed streams are only kept for the sake of priorities.
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_max_deflate_dynamic_table_size(option, HTTP2Bounds.headerTable)
        headgate_nghttp2_lift_reset_limit(option)
        guard nghttp2_session_server_new2(&session, callbacks, nil, option) == 0, let session else {
            preconditionFailure("out of memory")
        }
        self.session = session
        nghttp2_session_callbacks_del(callbacks)
        nghttp2_option_del(option)
        greet()
    }

    deinit { nghttp2_session_del(session) }

    /// Says who is told what happens. It must own this session, and so outlive it, and it comes before anything else.
    func attach(_ handler: GRPCHandler) {
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(handler).toOpaque())
    }

    private func greet() {
        var settings = [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2Bounds.streams),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2Bounds.streamWindow),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(HTTP2Bounds.headerList)),
        ].map { nghttp2_settings_entry(settings_id: Int32(bitPattern: $0.0.rawValue), value: $0.1) }
        // Priorities between calls of microseconds are not worth a tree of them.
        settings.append(nghttp2_settings_entry(settings_id: headgate_nghttp2_no_priorities, value: 1))
        nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count)
        nghttp2_session_set_local_window_size(session, 0, 0, HTTP2Bounds.connectionWindow)
    }

    /// Takes what came. False where the peer broke HTTP/2 in a way that ends the connection.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return nghttp2_session_mem_recv(session, start, bytes.count) == bytes.count
    }

    /// Appends what is to be sent, until nothing is left or `bound` bytes have gathered.
    func send(into out: inout ByteBuffer, atMost bound: Int) {
        var data: UnsafePointer<UInt8>?
        while out.readableBytes < bound {
            let count = nghttp2_session_mem_send(session, &data)
            guard count > 0 else { return }
            out.writeBytes(UnsafeRawBufferPointer(start: data, count: count))
        }
    }

    var wantsToSend: Bool { nghttp2_session_want_write(session) != 0 }

    /// Neither side has anything left to say.
    var isOver: Bool { nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0 }
}

// What the handler does.
extension HTTP2Session {
    /// Begins an answer: its head, then what the call holds for its stream.
    func respond(_ call: GRPCCall) {
        var provider = nghttp2_data_provider()
        provider.source.ptr = Self.pointer(call.slot)
        provider.read_callback = { session, stream, buffer, room, flags, source, handler in
            guard let slot = HTTP2Session.slot(source?.pointee.ptr), let buffer, let flags else {
                return ssize_t(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
            }
            return HTTP2Session.handler(handler) { $0.session.fill($0, buffer, room, flags, stream, slot) }
        }
        nghttp2_submit_response(session, call.stream, headers.head, headers.headCount, &provider)
    }

    /// More of a begun answer can be sent.
    func resume(_ call: GRPCCall) { nghttp2_session_resume_data(session, call.stream) }

    /// A whole answer without a message.
    func respond(_ call: GRPCCall, onlyWith status: WireError) {
        headers.withStatus(status, afterHead: true) { headers, count in
            _ = nghttp2_submit_response(session, call.stream, headers, count, nil)
        }
    }

    /// An answer to what is no gRPC call: a status of HTTP, such as 415.
    func respond(_ call: GRPCCall, withHTTP status: StaticString) {
        headers.withHTTPStatus(status) { _ = nghttp2_submit_response(session, call.stream, $0, 1, nil) }
    }

    /// Says which streams were the last to be carried out, and why no more are.
    func goAway(_ code: HTTP2ErrorCode, _ reason: String) {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        let reason = Array(reason.utf8)
        nghttp2_submit_goaway(session, 0, last, code.rawValue, reason, reason.count)
    }

    /// Tells the peer that a GOAWAY which names the last stream will follow.
    func announceGoAway() { nghttp2_submit_shutdown_notice(session) }

    func ping() { nghttp2_submit_ping(session, 0, nil) }

    /// Copies what the call holds into a frame, and ends the stream with its status after the last of it.
    private func fill(
        _ handler: GRPCHandler,
        _ buffer: UnsafeMutablePointer<UInt8>,
        _ room: Int,
        _ flags: UnsafeMutablePointer<UInt32>,
        _ stream: Int32,
        _ slot: Int
    ) -> Int {
        let call = handler.calls[slot]
        let count = call.takeAnswer(atMost: room) { bytes in
            if let start = bytes.baseAddress {
                UnsafeMutableRawPointer(buffer).copyMemory(from: start, byteCount: bytes.count)
            }
        }
        handler.sent(count)
        guard call.isAnswerTaken else { return count }
        guard call.isFinished else { return count > 0 ? count : Int(NGHTTP2_ERR_DEFERRED.rawValue) }
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        if let failure = call.failure {
            headers.withStatus(failure, afterHead: false) { _ = nghttp2_submit_trailer(session, stream, $0, $1) }
        } else {
            nghttp2_submit_trailer(session, stream, headers.okTrailer, 1)
        }
        return count
    }
}

// What the library tells, as events of the handler.
extension HTTP2Session {
    private static func set(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { session, frame, handler in
            guard let frame else { return 0 }
            HTTP2Session.handler(handler) { $0.fieldsBegan() }
            guard frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else { return 0 }
            let stream = frame.pointee.hd.stream_id
            let slot = HTTP2Session.handler(handler) { $0.opened(stream) }
            nghttp2_session_set_stream_user_data(session, stream, HTTP2Session.pointer(slot))
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, _, name, names, value, values, _, handler in
            let name = UnsafeBufferPointer(start: name, count: names)
            let value = UnsafeBufferPointer(start: value, count: values)
            let isTaken = HTTP2Session.handler(handler) { $0.received(name: name.span, value: value.span) }
            return isTaken ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            session,
            _,
            stream,
            data,
            count,
            handler in
            guard let slot = HTTP2Session.slot(session, stream) else { return 0 }
            let bytes = UnsafeBufferPointer(start: data, count: count)
            HTTP2Session.handler(handler) { $0.received(bytes.span, slot) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { session, frame, handler in
            guard let frame else { return 0 }
            HTTP2Session.received(frame, of: session, handler)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { session, frame, handler in
            guard let frame else { return 0 }
            HTTP2Session.sent(frame, of: session, handler)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { session, stream, _, handler in
            guard let slot = HTTP2Session.slot(session, stream) else { return 0 }
            HTTP2Session.handler(handler) { $0.closed(slot) }
            return 0
        }
    }

    private static func received(
        _ frame: UnsafePointer<nghttp2_frame>,
        of session: OpaquePointer?,
        _ context: UnsafeMutableRawPointer?
    ) {
        let header = frame.pointee.hd
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
            guard let slot = slot(session, header.stream_id) else { return }
            let isEnd = UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
            let isHead =
                UInt32(header.type) == NGHTTP2_HEADERS.rawValue
                && frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
            handler(context) {
                if isHead { $0.headEnded(slot) }
                if isEnd { $0.requestEnded(slot) }
            }
        case NGHTTP2_PING.rawValue where UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0:
            handler(context) { $0.pingAnswered() }
        case NGHTTP2_GOAWAY.rawValue:
            handler(context) { $0.peerLeaves() }
        default: break
        }
    }

    private static func sent(
        _ frame: UnsafePointer<nghttp2_frame>,
        of session: OpaquePointer?,
        _ context: UnsafeMutableRawPointer?
    ) {
        let header = frame.pointee.hd
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue where UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0:
            guard let slot = slot(session, header.stream_id) else { return }
            let wasWhole = handler(context) { $0.calls[slot].isRequestWhole }
            // RFC 9113, 8.1: an answer that does not wait for the rest of the request tells the peer to stop sending.
            if !wasWhole { nghttp2_submit_rst_stream(session, 0, header.stream_id, NGHTTP2_NO_ERROR.rawValue) }
        case NGHTTP2_RST_STREAM.rawValue:
            // One stream too many is refused as a matter of course, before the peer knows how many it may open.
            let code = frame.pointee.rst_stream.error_code
            guard code != NGHTTP2_NO_ERROR.rawValue, code != NGHTTP2_REFUSED_STREAM.rawValue else { return }
            handler(context) { $0.forcedReset() }
        default: break
        }
    }

    /// Calls go by number, from 1 up as a pointer: null is none.
    private static func pointer(_ slot: Int) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: slot + 1)
    }

    private static func slot(_ pointer: UnsafeMutableRawPointer?) -> Int? {
        pointer.map { Int(bitPattern: $0) - 1 }
    }

    private static func slot(_ session: OpaquePointer?, _ stream: Int32) -> Int? {
        slot(nghttp2_session_get_stream_user_data(session, stream))
    }

    /// Hands the handler that a callback belongs to. It is alive: it owns the session that calls back.
    private static func handler<Result>(
        _ context: UnsafeMutableRawPointer?,
        _ body: (GRPCHandler) -> Result
    ) -> Result {
        guard let context else { preconditionFailure("a session without its handler") }
        return Unmanaged<GRPCHandler>.fromOpaque(context)._withUnsafeGuaranteedRef { body($0) }
    }
}

/// The header fields of answers as libnghttp2 takes them. Those that never change are made once.
private final class ResponseHeaders {
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

/// Why a connection ends (RFC 9113, 7).
enum HTTP2ErrorCode: UInt32 {
    case noError = 0
    case protocolError = 1
    case enhanceYourCalm = 11
}
