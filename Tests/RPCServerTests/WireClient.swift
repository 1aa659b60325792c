import Glibc
import WireProtocol

/// One end of a real connection, blocking and bounded in time: what it expects comes within seconds or is an error.
final class WireClient {
    struct Timeout: Error {}
    struct Closed: Error {}
    struct Failed: Error {
        var errno: Int32
    }

    private let socket: Int32
    private var received: [UInt8] = []

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        // Small frames one after the other are what tests send: none must wait for an acknowledgement.
        var isOn: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if outcome != 0 { throw Failed(errno: errno) }
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 { throw Failed(errno: errno) }
            sent += count
        }
    }

    /// The next whole frame and its payload.
    func receive() throws -> (frame: Frame, payload: [UInt8]) {
        while true {
            if case .frame(let frame, let payload) = FrameReader.next(in: received.span, bound: 1 << 20) {
                let content = Array(received[payload])
                received.removeFirst(payload.upperBound)
                return (frame, content)
            }
            try receiveMore()
        }
    }

    /// The next bytes, whatever they are.
    func take(_ count: Int) throws -> [UInt8] {
        while received.count < count { try receiveMore() }
        let bytes = Array(received[..<count])
        received.removeFirst(count)
        return bytes
    }

    /// Whether the peer has closed, once everything it sent before is read.
    func isClosedByPeer() throws -> Bool {
        do {
            while true { try receiveMore() }
        } catch is Closed {
            return true
        }
    }

    private func receiveMore() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = buffer.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        if count == 0 || (count < 0 && errno == ECONNRESET) { throw Closed() }
        if count < 0 { throw errno == EAGAIN ? Timeout() as any Error : Failed(errno: errno) }
        received += buffer[..<count]
    }
}
