import CEpoll
import Synchronization
import WireProtocol

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A server that allows every check without looking at it: what a bench runs against to learn its own ceiling.
///
/// One thread, one epoll, one read and one write an event. It trusts its peer: it is never bound to anything but
/// loopback, on a port of its own, while the calibration runs.
final class EchoServer: Sendable {
    private let listener: CInt
    package let port: Int
    private let isOver = Atomic<Bool>(false)

    init() throws(BenchFailure) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw .system("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listens = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        guard listens else { throw .system("an echo server on loopback") }
    }

    deinit {
        close(listener)
    }

    func stop() {
        isOver.store(true, ordering: .relaxed)
    }

    /// Serves until `stop()`.
    func run() {
        let epoll = epoll_create1(0)
        var peers: [CInt: EchoPeer] = [:]
        watch(epoll, listener)
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            while !isOver.load(ordering: .relaxed) {
                for index in 0..<Int(max(epoll_wait(epoll, events.baseAddress, 256, 20), 0)) {
                    let descriptor = events[index].data.fd
                    if descriptor == listener {
                        let peer = accept(listener, nil, nil)
                        guard peer >= 0 else { continue }
                        peers[peer] = EchoPeer(descriptor: peer)
                        watch(epoll, peer)
                    } else if let peer = peers[descriptor], !peer.turn() {
                        peers[descriptor] = nil
                    }
                }
            }
        }
        close(epoll)
    }

    private func watch(_ epoll: CInt, _ descriptor: CInt) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = descriptor
        _ = epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }
}

/// One connection of the echo server.
private final class EchoPeer {
    private let descriptor: CInt
    private var input: [UInt8]
    private var held = 0
    private var output: [UInt8] = []
    private var greeted = false

    init(descriptor: CInt) {
        self.descriptor = descriptor
        input = Array(repeating: 0, count: 256 << 10)
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Answers what has come; false when the peer has closed.
    func turn() -> Bool {
        let count = input.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + held, $0.count - held, 0) }
        if count <= 0 { return false }
        held += count
        output.removeAll(keepingCapacity: true)
        var start = greeted ? 0 : Frame.preface.count
        greeted = true
        while case .frame(let frame, let payload) = FrameReader.next(in: input.span.extracting(0..<held), from: start) {
            start = payload.upperBound
            answer(frame)
        }
        // Mostly nothing is left; in place, for a slice would make the array copy itself.
        for index in start..<held { input[index - start] = input[index] }
        held -= start
        return send(descriptor, output, output.count, CInt(MSG_NOSIGNAL)) == output.count
    }

    /// `08 01` is a CheckResponse that allows; as a HelloReply it is a frame bound of 1.
    private func answer(_ frame: Frame) {
        let kind = FrameKind(rawValue: frame.kind) ?? .check
        Frame.appendResponse(kind, call: frame.call, to: &output) { out throws(WireError) in
            out.append(0x08)
            out.append(0x01)
        }
    }
}
