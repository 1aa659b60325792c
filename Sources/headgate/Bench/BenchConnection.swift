import CEpoll
import HeadgateClient
import WireProtocol

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// One connection of a bench: a non-blocking socket, its buffers, and the calls that are in flight on it.
///
/// Every answer makes room for the next call, which is encoded straight into the buffer that is sent next, so a read
/// of k answers is followed by one write of k calls.
final class BenchConnection {
    let descriptor: CInt
    private let template: CheckTemplate
    private let input: UnsafeMutablePointer<UInt8>
    private let output: UnsafeMutablePointer<UInt8>
    private let slots: UnsafeMutablePointer<Slot>
    private let slotCount: Int
    private let outputCapacity: Int
    private var inputStart = 0
    private var inputEnd = 0
    private var outputStart = 0
    private var outputEnd = 0
    /// The daemon asked for no more calls.
    private(set) var isDraining = false

    /// A call in flight; id 0 is none.
    private struct Slot {
        var call: UInt32
        var sentAt: UInt64
    }

    private static let inputCapacity = Frame.headerCount + WireBounds.responseFrame
    /// The low bits of a call id are its slot; the others count, so that no answer can be taken for a later one's.
    private static let slotBits: UInt32 = 12
    static let mostInFlight = 1 << Int(slotBits)

    /// Takes over a socket on which the greeting is done.
    init(descriptor: CInt, template: CheckTemplate, pipeline: Int) {
        self.descriptor = descriptor
        self.template = template
        slotCount = pipeline
        outputCapacity = pipeline * template.count
        input = .allocate(capacity: BenchConnection.inputCapacity)
        output = .allocate(capacity: outputCapacity)
        slots = .allocate(capacity: pipeline)
        slots.initialize(repeating: Slot(call: 0, sentAt: 0), count: pipeline)
    }

    deinit {
        close(descriptor)
        input.deallocate()
        output.deallocate()
        slots.deallocate()
    }

    var inFlight: Int { (0..<slotCount).count { slots[$0].call != 0 } }

    /// Something is left that the socket did not take.
    var hasOutput: Bool { outputStart < outputEnd }

    /// Puts the first calls on their way.
    func start(now: UInt64, _ nextClient: () -> Int) throws(BenchFailure) {
        for slot in 0..<slotCount {
            ask(slot: slot, after: 0, client: nextClient(), now: now)
        }
        try flush()
    }

    /// Reads what has come, counts the answers, and sends as many new calls; false when the server has closed.
    func turn(_ tally: inout BenchTally, now clock: () -> UInt64, _ nextClient: () -> Int) throws(BenchFailure) -> Bool
    {
        let count = recv(descriptor, input + inputEnd, BenchConnection.inputCapacity - inputEnd, 0)
        if count == 0 { return false }
        guard count > 0 else {
            if errno == EAGAIN || errno == EINTR { return true }
            throw .system("reading from the daemon")
        }
        inputEnd += count
        try takeAnswers(&tally, now: clock(), nextClient)
        try flush()
        return true
    }

    /// Sends as much of the output as the socket takes.
    func flush() throws(BenchFailure) {
        while outputStart < outputEnd {
            let count = send(descriptor, output + outputStart, outputEnd - outputStart, CInt(MSG_NOSIGNAL))
            guard count > 0 else {
                if errno == EAGAIN { return }
                if errno == EINTR { continue }
                throw .system("writing to the daemon")
            }
            outputStart += count
        }
        outputStart = 0
        outputEnd = 0
    }

    private func takeAnswers(
        _ tally: inout BenchTally,
        now: UInt64,
        _ nextClient: () -> Int
    ) throws(BenchFailure) {
        // Calls that left together mostly come back together: one entry in the histogram for each run of them.
        var sentAt: UInt64 = 0
        var run: UInt64 = 0
        while inputEnd - inputStart >= Frame.headerCount {
            let header = UnsafeRawPointer(input + inputStart)
            let length = Int(UInt32(bigEndian: header.loadUnaligned(as: UInt32.self)))
            if length > WireBounds.responseFrame { throw BenchFailure("the daemon sent a frame of \(length) bytes") }
            guard inputEnd - inputStart >= Frame.headerCount + length else { break }
            inputStart += Frame.headerCount + length
            guard let slot = try answered(header, length, &tally) else { continue }
            let started = slots[slot].sentAt
            if started != sentAt, run > 0 {
                tally.record(nanoseconds: now &- sentAt, count: run)
                run = 0
            }
            sentAt = started
            run += 1
            let call = slots[slot].call
            slots[slot].call = 0
            if !isDraining { ask(slot: slot, after: call, client: nextClient(), now: now) }
        }
        if run > 0 { tally.record(nanoseconds: now &- sentAt, count: run) }
        keepRest()
    }

    /// The slot of the call that a frame answers; nil where it answers none and may come.
    @inline(__always)
    private func answered(
        _ frame: UnsafeRawPointer,
        _ length: Int,
        _ tally: inout BenchTally
    ) throws(BenchFailure) -> Int? {
        let call = UInt32(bigEndian: frame.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let slot = Int(call & (1 << BenchConnection.slotBits - 1))
        let kind = frame.load(fromByteOffset: 4, as: UInt8.self)
        guard kind == FrameKind.check.rawValue, slot < slotCount, call != 0, slots[slot].call == call else {
            if kind == FrameKind.goAway.rawValue {
                isDraining = true
                return nil
            }
            throw BenchFailure("the daemon answered a call that is not in flight")
        }
        let status = UInt16(bigEndian: frame.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        if status != 0 {
            tally.count(failure: status)
        } else {
            // The verdict is field 1 and fits a byte; the daemon writes fields in order.
            let hasVerdict = length >= 2 && frame.load(fromByteOffset: Frame.headerCount, as: UInt8.self) == 0x08
            tally.count(verdict: hasVerdict ? frame.load(fromByteOffset: Frame.headerCount + 1, as: UInt8.self) : 0)
        }
        return slot
    }

    /// Puts the next call of a slot into the output, behind the call id it had before.
    @inline(__always)
    private func ask(slot: Int, after previous: UInt32, client: Int, now: UInt64) {
        let counted = (previous >> BenchConnection.slotBits) &+ 1
        let call = counted << BenchConnection.slotBits | UInt32(truncatingIfNeeded: slot)
        // The count has wrapped to 0 and the slot is 0: an id that must not be.
        slots[slot] = Slot(call: call == 0 ? 1 << BenchConnection.slotBits : call, sentAt: now)
        if outputEnd + template.count > outputCapacity { moveOutputToFront() }
        template.write(call: slots[slot].call, client: client, to: output + outputEnd)
        outputEnd += template.count
    }

    /// Each slot has at most one call in the output, so after this there is room for one more.
    private func moveOutputToFront() {
        memmove(output, output + outputStart, outputEnd - outputStart)
        outputEnd -= outputStart
        outputStart = 0
    }

    /// Moves an incomplete frame to the front, where it has room to grow to the largest there may be.
    private func keepRest() {
        if inputStart < inputEnd { memmove(input, input + inputStart, inputEnd - inputStart) }
        inputEnd -= inputStart
        inputStart = 0
    }
}
