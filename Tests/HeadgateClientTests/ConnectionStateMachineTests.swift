import Testing
import WireProtocol

@testable import HeadgateClient

/// The machine as scripts: what came, and what it wants done.
struct ConnectionStateMachineTests {
    typealias Machine = Connection.StateMachine

    /// A machine that has greeted; its HELLO was call 1.
    private static func ready(mostInFlight: UInt32 = 4096) -> Machine {
        var machine = Machine()
        _ = machine.start()
        _ = machine.dialed()
        _ = machine.received(frame(.hello, 1))
        _ = machine.greeted(mostInFlight: mostInFlight)
        return machine
    }

    private static func frame(_ kind: FrameKind, _ call: UInt32, isResponse: Bool = true) -> Frame {
        Frame(kind: kind.rawValue, flags: isResponse ? 1 : 0, detail: 0, call: call)
    }

    @Test func `a connection dials, greets, and then asks`() {
        var machine = Machine()
        #expect(machine.availability == .hopeful)
        #expect(machine.start() == .dial)
        #expect(machine.start() == .none)
        #expect(machine.dialed() == .greet(1))
        #expect(machine.received(Self.frame(.hello, 1)) == .greeting)
        #expect(machine.greeted(mostInFlight: 0) == .send([], refuse: []))
        #expect(machine.availability == .ready)
        #expect(machine.call() == .send(2))
        #expect(machine.received(Self.frame(.check, 2)) == .answer(2))
    }

    @Test func `calls made before the greeting are held and then sent in order`() {
        var machine = Machine()
        #expect(machine.call() == .hold(1))
        _ = machine.start()
        #expect(machine.call() == .hold(2))
        #expect(machine.dialed() == .greet(3))
        #expect(machine.call() == .hold(4))
        #expect(machine.expired(2) == .release)
        _ = machine.received(Self.frame(.hello, 3))
        #expect(machine.greeted(mostInFlight: 9) == .send([1, 4], refuse: []))
        #expect(machine.received(Self.frame(.check, 4)) == .answer(4))
    }

    @Test func `calls held beyond what the daemon takes are refused`() {
        var machine = Machine()
        for call in 1...3 { #expect(machine.call() == .hold(UInt32(call))) }
        _ = machine.start()
        _ = machine.dialed()
        _ = machine.received(Self.frame(.hello, 4))
        #expect(machine.greeted(mostInFlight: 2) == .send([1, 2], refuse: [3]))
        #expect(machine.call() == .refuse(.tooManyCalls))
    }

    @Test func `after a dial has failed calls are refused at once until a greeting succeeds`() {
        var machine = Machine()
        _ = machine.start()
        #expect(machine.call() == .hold(1))
        #expect(machine.lost() == .init(released: [1], failures: 1))
        #expect(machine.availability == .down)
        #expect(machine.call() == .refuse(.unreachable))
        #expect(machine.waited() == .dial)
        #expect(machine.call() == .refuse(.unreachable))
        #expect(machine.lost() == .init(failures: 2))
        #expect(machine.waited() == .dial)
        guard case .greet(let hello) = machine.dialed() else { return #expect(Bool(false), "no greeting") }
        _ = machine.received(Self.frame(.hello, hello))
        _ = machine.greeted(mostInFlight: 9)
        #expect(machine.availability == .ready)
    }

    @Test func `a lost link takes its calls with it, and the next calls wait for the first dial`() {
        var machine = Self.ready()
        #expect(machine.call() == .send(2))
        #expect(machine.call() == .send(3))
        #expect(machine.received(Self.frame(.check, 3)) == .answer(3))
        #expect(machine.lost() == .init(failed: [2], failures: 0))
        #expect(machine.availability == .hopeful)
        #expect(machine.call() == .hold(4))
        #expect(machine.lost() == nil)
    }

    @Test func `a late answer is ignored, and its id is not used before it has come`() {
        var machine = Machine(lastCall: .max - 2)
        _ = machine.start()
        #expect(machine.dialed() == .greet(.max - 1))
        _ = machine.received(Self.frame(.hello, .max - 1))
        _ = machine.greeted(mostInFlight: 9)
        #expect(machine.call() == .send(.max))
        // The ids wrap, and 0 is none.
        #expect(machine.expired(.max) == .fail(ping: 1))
        #expect(machine.expired(.max) == .none)
        #expect(machine.call() == .send(2))
        #expect(machine.received(Self.frame(.check, .max)) == .ignore)
        #expect(machine.received(Self.frame(.check, 2)) == .answer(2))
    }

    @Test func `silence after a ping drops the link, and any frame is a sign of life`() {
        var machine = Self.ready()
        _ = machine.call()
        #expect(machine.expired(2) == .fail(ping: 3))
        #expect(machine.call() == .send(4))
        #expect(machine.expired(4) == .fail(ping: nil))
        #expect(machine.received(Self.frame(.ping, 3)) == .ignore)
        #expect(machine.silent(3) == nil)
        #expect(machine.call() == .send(5))
        #expect(machine.expired(5) == .fail(ping: 6))
        #expect(machine.silent(6) == .init(failures: 1))
        #expect(machine.availability == .down)
    }

    @Test func `a daemon that leaves half of its calls unanswered is dropped`() {
        var machine = Self.ready(mostInFlight: 4)
        for call in 2...5 { #expect(machine.call() == .send(UInt32(call))) }
        #expect(machine.expired(2) == .fail(ping: 6))
        #expect(machine.expired(3) == .fail(ping: nil))
        #expect(machine.expired(4) == .drop(.init(failed: [4, 5], failures: 1)))
    }

    @Test func `after a farewell the calls in flight are answered and the link is given up`() {
        var machine = Self.ready()
        _ = machine.call()
        _ = machine.call()
        #expect(machine.received(Self.frame(.goAway, 0)) == .ignore)
        #expect(machine.availability == .hopeful)
        #expect(machine.call() == .hold(4))
        #expect(machine.received(Self.frame(.goAway, 0)) == .ignore)
        #expect(machine.received(Self.frame(.check, 3)) == .answer(3))
        #expect(machine.received(Self.frame(.check, 2)) == .lastAnswer(2, .init(failures: 0)))
        #expect(machine.waited() == .dial)
    }

    @Test func `a farewell with nothing in flight gives the link up at once`() {
        var machine = Self.ready()
        #expect(machine.received(Self.frame(.goAway, 0)) == .close(.init(failures: 0)))
    }

    @Test func `a daemon that drains for too long loses its last call`() {
        var machine = Self.ready()
        _ = machine.call()
        _ = machine.received(Self.frame(.goAway, 0))
        #expect(machine.expired(2) == .drop(.init(failed: [2], failures: 1)))
    }

    @Test(arguments: [
        frame(.check, 99), frame(.check, 2, isResponse: false), frame(.hello, 1), frame(.settle, 2),
        frame(.ping, 9, isResponse: false), Frame(kind: 77, flags: 1, detail: 0, call: 2),
    ])
    func `what no daemon sends drops the link`(_ frame: Frame) {
        var machine = Self.ready()
        _ = machine.call()
        #expect(machine.received(frame) == .drop(.init(failed: [2], failures: 1)))
    }

    @Test(arguments: [FrameKind.check, .settle, .renew, .report])
    func `a call is answered by its own kind only`(_ kind: FrameKind) {
        var machine = Machine()
        _ = machine.call(kind)
        _ = machine.start()
        _ = machine.dialed()
        _ = machine.received(Self.frame(.hello, 2))
        #expect(machine.greeted(mostInFlight: 0) == .send([1], refuse: []))
        #expect(machine.received(Self.frame(kind, 1)) == .answer(1))
        #expect(machine.call(kind) == .send(3))
        let other: FrameKind = kind == .check ? .settle : .check
        #expect(machine.received(Self.frame(other, 3)) == .drop(.init(failed: [3], failures: 1)))
    }

    @Test(arguments: [frame(.check, 1), frame(.hello, 2), frame(.hello, 1, isResponse: false), frame(.ping, 1)])
    func `anything but the greeting drops a link that has not greeted`(_ frame: Frame) {
        var machine = Machine()
        _ = machine.start()
        _ = machine.dialed()
        #expect(machine.received(frame) == .drop(.init(failures: 1)))
    }

    @Test func `events that come too late change nothing`() {
        var machine = Machine()
        #expect(machine.waited() == .none)
        #expect(machine.dialed() == .close)
        #expect(machine.lost() == nil)
        #expect(machine.violated() == nil)
        #expect(machine.expired(1) == .none)
        #expect(machine.silent(1) == nil)
        #expect(machine.greeted(mostInFlight: 1) == .none)
        _ = machine.start()
        #expect(machine.waited() == .none)
        #expect(machine.greeted(mostInFlight: 1) == .none)
        #expect(machine.lost() == .init(failures: 1))
        #expect(machine.dialed() == .close)
        #expect(machine.start() == .none)
    }

    @Test func `a client that was shut down ends its calls and dials no more`() {
        var machine = Self.ready()
        _ = machine.call()
        #expect(machine.shutDown() == .init(failed: [2], failures: nil))
        #expect(machine.call() == .refuse(.closed))
        #expect(machine.waited() == .none)
        #expect(machine.start() == .none)
        #expect(machine.dialed() == .close)
        #expect(machine.lost() == nil)
        #expect(machine.violated() == nil)
        #expect(machine.availability == .down)
    }
}
