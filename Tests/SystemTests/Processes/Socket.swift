import Glibc
import Synchronization

/// A blocking connection to a port of the loopback; what takes longer than its patience throws.
final class Socket {
    struct Closed: Error {}
    struct TimedOut: Error {}

    private let descriptor: Int32

    init(port: Int, patience: Duration = .seconds(2)) throws {
        descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let (seconds, rest) = patience.components
        var timeout = timeval(tv_sec: Int(seconds), tv_usec: Int(rest / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        guard Self.with(port, { connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw Closed()
        }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 { throw errno == EAGAIN ? TimedOut() as any Error : Closed() }
            sent += count
        }
    }

    /// Appends what has come, waiting for at least a byte.
    func receive(into bytes: inout [UInt8]) throws {
        let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
            return count
        }
        if count == 0 || count < 0 && errno != EAGAIN { throw Closed() }
        if count < 0 { throw TimedOut() }
    }

    private static let lastPort = Atomic(Int.random(in: 30_100..<31_500))

    /// A port below those that the system gives to callers, so that nobody takes it while its server is down.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = lastPort.wrappingAdd(1, ordering: .relaxed).newValue
            let probe = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(probe) }
            if with(port, { bind(probe, $0, $1) }) == 0 { return port }
        }
        throw SystemFailure("no free port")
    }

    private static func with(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
