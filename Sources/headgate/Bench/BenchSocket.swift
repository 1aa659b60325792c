import HeadgateClient
import TransportSecurity
import WireProtocol

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Opens the connections of a bench: connects and greets, blocking, with a second for each step.
enum BenchSocket {
    /// A connected, greeted, non-blocking socket.
    static func open(_ address: ServerAddress, token: String, tls: ClientTLS?) throws(BenchFailure) -> CInt {
        let descriptor = try connection(to: address, tls)
        do throws(BenchFailure) {
            try setOptions(descriptor)
            try greet(descriptor, token: token)
            let flags = fcntl(descriptor, F_GETFL)
            guard fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else { throw .system("fcntl") }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func connection(to address: ServerAddress, _ tls: ClientTLS?) throws(BenchFailure) -> CInt {
        guard let tls else {
            let descriptor = try connected(to: address)
            var on: CInt = 1
            setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            return descriptor
        }
        return try TLSRelay.open(address, tls)
    }

    private static func connected(to address: ServerAddress) throws(BenchFailure) -> CInt {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, String(address.port), &hints, &found)
        guard code == 0 else { throw BenchFailure("\(address): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(found) }
        var failure = BenchFailure("\(address): no address")
        var next = found
        while let candidate = next {
            next = candidate.pointee.ai_next
            let descriptor = socket(candidate.pointee.ai_family, candidate.pointee.ai_socktype, 0)
            guard descriptor >= 0 else { throw .system("socket") }
            if connect(descriptor, candidate.pointee.ai_addr, candidate.pointee.ai_addrlen) == 0 { return descriptor }
            failure = .system("\(address)")
            close(descriptor)
        }
        throw failure
    }

    private static func setOptions(_ descriptor: CInt) throws(BenchFailure) {
        var second = timeval(tv_sec: 1, tv_usec: 0)
        let time = socklen_t(MemoryLayout<timeval>.size)
        guard
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &second, time) == 0,
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &second, time) == 0
        else { throw .system("setsockopt") }
    }

    private static func greet(_ descriptor: CInt, token: String) throws(BenchFailure) {
        var bytes = Frame.preface
        do throws(WireError) {
            let encoder = MessageEncoder(arenaBytes: 64 << 10)
            try Frame.appendRequest(.hello, call: 1, to: &bytes) { out throws(WireError) in
                try encoder.append(Hello(token: token, client: "headgate-bench/1"), to: &out)
            }
        } catch {
            throw BenchFailure(error.message)
        }
        guard send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else {
            throw .system("greeting the daemon")
        }
        let reply = try receive(descriptor, count: Frame.headerCount)
        guard case .needMore(let total) = FrameReader.next(in: reply.span, bound: WireBounds.ping * 64) else {
            return try check(reply, [])
        }
        try check(reply, try receive(descriptor, count: total - Frame.headerCount))
    }

    private static func check(_ header: [UInt8], _ payload: [UInt8]) throws(BenchFailure) {
        guard header[4] == FrameKind.hello.rawValue, header[5] == Frame.responseFlag else {
            throw BenchFailure("the server does not speak Headgate's compact framing")
        }
        let status = StatusCode(wire: UInt16(header[6]) << 8 | UInt16(header[7]))
        if status == .ok { return }
        let words = try? MessageDecoder(arenaBytes: 64 << 10).decodeFailure(payload.span)
        throw BenchFailure("the daemon refused the greeting: \(words ?? "\(status)")")
    }

    private static func receive(_ descriptor: CInt, count: Int) throws(BenchFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + have, count - have, 0) }
            if got == 0 { throw BenchFailure("the server closed the connection") }
            if got < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { throw BenchFailure("the server does not answer") }
                throw .system("greeting the daemon")
            }
            have += got
        }
        return bytes
    }
}
