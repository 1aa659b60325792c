import Testing

@testable import StatusServer

@Suite
struct `The state machine of a connection` {
    typealias Machine = ConnectionClock.StateMachine

    /// A machine in each of its states.
    private func idle() -> Machine { Machine() }

    private func reading() -> Machine {
        var machine = Machine()
        _ = machine.requestHead(isLast: false)
        return machine
    }

    private func owing(isLast: Bool = false) -> Machine {
        var machine = Machine()
        _ = machine.requestHead(isLast: isLast)
        _ = machine.requestBody(isEnd: true)
        return machine
    }

    private func answering() -> Machine {
        var machine = owing()
        _ = machine.responseHead(isLast: false)
        return machine
    }

    private func sending() -> Machine {
        var machine = answering()
        _ = machine.responseEnd()
        return machine
    }

    private func ending() -> Machine {
        var machine = owing(isLast: true)
        _ = machine.responseHead(isLast: false)
        _ = machine.responseEnd()
        return machine
    }

    private func lingering() -> Machine {
        var machine = ending()
        _ = machine.responseSent()
        return machine
    }

    private func closed() -> Machine {
        var machine = Machine()
        machine.closed()
        return machine
    }

    @Test func `an idle connection starts the clock with the first bytes`() {
        var partial = idle()
        #expect(partial.partialHead() == .begin)
        #expect(partial.partialHead() == .forward)
        #expect(partial.requestHead(isLast: false) == .forward)
        var whole = idle()
        #expect(whole.requestHead(isLast: false) == .begin)
    }

    @Test func `an idle connection whose time is up is closed without a word`() {
        var machine = idle()
        #expect(machine.timeIsUp() == .close)
    }

    @Test func `an idle connection has no body and no sent answer`() {
        var machine = idle()
        #expect(machine.requestBody(isEnd: true) == .drop)
        #expect(machine.responseBody() == false)
        #expect(machine.responseEnd() == false)
        #expect(machine.responseSent() == .nothing)
        #expect(machine.peerEnded() == false)
    }

    @Test func `an answer to nothing is the last`() {
        var machine = idle()
        #expect(machine.responseHead(isLast: false) == .writeLast)
        #expect(machine.responseEnd() == true)
        #expect(machine.responseSent() == .linger)
    }

    @Test func `a request that is not complete in time is refused as too slow`() {
        var head = idle()
        _ = head.partialHead()
        #expect(head.timeIsUp() == .refuse(.requestTooSlow))
        var body = reading()
        #expect(body.requestBody(isEnd: false) == .forward)
        #expect(body.timeIsUp() == .refuse(.requestTooSlow))
        #expect(body.responseSent() == .linger)
    }

    @Test func `a complete request that is not answered in time is the daemon's fault`() {
        var machine = owing()
        #expect(machine.timeIsUp() == .refuse(.answerTooSlow))
        #expect(machine.responseHead(isLast: false) == .drop)
    }

    @Test func `an answer that is cut off, or that nobody reads, is no place for another`() {
        var cut = answering()
        #expect(cut.timeIsUp() == .close)
        var unread = sending()
        #expect(unread.timeIsUp() == .close)
    }

    @Test func `several unanswered requests leave no place for an answer out of turn`() {
        var machine = owing()
        #expect(machine.requestHead(isLast: false) == .forward)
        #expect(machine.timeIsUp() == .close)
    }

    @Test func `an answer to an incomplete request is the last`() {
        var machine = reading()
        #expect(machine.responseHead(isLast: false) == .writeLast)
        #expect(machine.responseBody() == true)
        #expect(machine.requestBody(isEnd: false) == .forward)
        #expect(machine.responseEnd() == true)
        #expect(machine.requestBody(isEnd: false) == .drop)
        #expect(machine.requestHead(isLast: false) == .drop)
    }

    @Test func `an answer that is sent makes the connection idle, or gives the next its time`() {
        var one = sending()
        #expect(one.responseSent() == .restart(.idle))
        var two = owing()
        _ = two.requestHead(isLast: false)
        _ = two.requestBody(isEnd: true)
        #expect(two.responseHead(isLast: false) == .write)
        #expect(two.responseEnd() == true)
        #expect(two.responseSent() == .restart(.request))
        #expect(two.responseHead(isLast: false) == .write)
        #expect(two.responseEnd() == true)
        #expect(two.responseSent() == .restart(.idle))
    }

    @Test func `after a request that is the last no other is read`() {
        var machine = owing(isLast: true)
        #expect(machine.requestHead(isLast: false) == .drop)
        #expect(machine.requestBody(isEnd: true) == .drop)
        #expect(machine.responseHead(isLast: false) == .writeLast)
        #expect(machine.responseEnd() == true)
        #expect(machine.responseSent() == .linger)
    }

    @Test func `an answer that closes is the last, whatever is still owed`() {
        var machine = owing()
        _ = machine.requestHead(isLast: false)
        _ = machine.requestBody(isEnd: true)
        #expect(machine.responseHead(isLast: true) == .writeLast)
        #expect(machine.responseEnd() == true)
        #expect(machine.responseHead(isLast: false) == .drop)
        #expect(machine.responseEnd() == false)
        #expect(machine.responseSent() == .linger)
    }

    @Test func `the last answer waits for those before it to be sent`() {
        var machine = owing()
        _ = machine.requestHead(isLast: true)
        _ = machine.requestBody(isEnd: true)
        #expect(machine.responseHead(isLast: false) == .write)
        #expect(machine.responseEnd() == true)
        #expect(machine.responseHead(isLast: false) == .writeLast)
        #expect(machine.responseEnd() == true)
        #expect(machine.responseSent() == .nothing)
        #expect(machine.responseSent() == .linger)
    }

    @Test func `rubbish is refused where nobody waits, else in its turn`() {
        var fresh = idle()
        #expect(fresh.parserFailed() == .refuse(.notHTTP))
        #expect(fresh.parserFailed() == .drop)
        var body = reading()
        #expect(body.parserFailed() == .refuse(.notHTTP))
        var unsent = sending()
        #expect(unsent.parserFailed() == .refuse(.notHTTP))
        #expect(unsent.responseSent() == .nothing)
        #expect(unsent.responseSent() == .linger)
        var later = owing()
        #expect(later.parserFailed() == .passOn)
        #expect(later.responseHead(isLast: false) == .write)
        #expect(later.responseEnd() == true)
        #expect(later.responseHead(isLast: true) == .writeLast)
        #expect(later.responseEnd() == true)
    }

    @Test func `a peer that has ended is closed as soon as it is answered`() {
        var early = owing()
        #expect(early.peerEnded() == false)
        #expect(early.responseHead(isLast: true) == .writeLast)
        #expect(early.responseEnd() == true)
        #expect(early.responseSent() == .close)
        var late = lingering()
        #expect(late.peerEnded() == true)
    }

    @Test func `a connection that ends takes and gives nothing more`() {
        expectSilence(ending())
        expectSilence(lingering())
        expectSilence(closed())
        var machine = closed()
        #expect(machine.responseSent() == .nothing)
        var lingers = lingering()
        #expect(lingers.responseSent() == .nothing)
        #expect(lingers.timeIsUp() == .close)
    }

    private func expectSilence(_ machine: consuming Machine) {
        #expect(machine.requestHead(isLast: false) == .drop)
        #expect(machine.requestBody(isEnd: true) == .drop)
        #expect(machine.partialHead() == .forward)
        #expect(machine.responseHead(isLast: false) == .drop)
        #expect(machine.responseBody() == false)
        #expect(machine.responseEnd() == false)
        #expect(machine.parserFailed() == .drop)
        #expect(machine.timeIsUp() == .close)
    }
}
