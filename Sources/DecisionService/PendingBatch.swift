import LimitCore
import LimitPolicy

/// A batch between its question and its last answer, with what the lane must remember of each check.
final class PendingBatch {
    struct Asker {
        var sink: any AnswerSink
        var ticket: UInt64
        /// The checks of the message this one came in, where it was one of several; empty where it came alone.
        var message: Range<Int>
        /// In `groups`; -1 for a check that is decided by itself.
        var group: Int32 = -1
        var isAnswered = false
    }

    /// Checks that are one step of the store.
    struct Group {
        /// The first one has all their charges.
        var checks: Range<Int>
        /// In `memberCharges`.
        var firstMember = 0
    }

    let checks = CheckBatch()
    /// What priced it, and with what its limits are called in the answers.
    var pricer: Pricer
    var rulings: [Ruling] = []
    var askers: [Asker] = []
    var groups: [Group] = []
    /// By check of the groups: which of its group's charges are its own.
    var memberCharges: [Range<Int>] = []
    var unanswered = 0

    init(pricer: Pricer) {
        self.pricer = pricer
    }

    var isEmpty: Bool { askers.isEmpty }

    /// The check that has the charges of this one, and whose result is this one's.
    func leader(of check: Int) -> Int {
        let group = askers[check].group
        return group < 0 ? check : groups[Int(group)].checks.lowerBound
    }

    /// The charges that come from this check.
    func charges(of check: Int) -> Range<Int> {
        let group = askers[check].group
        return group < 0 ? checks.priced[check] : memberCharges[member(check, of: groups[Int(group)])]
    }

    /// The place of a check of a group in `memberCharges`.
    func member(_ check: Int, of group: Group) -> Int { group.firstMember + check - group.checks.lowerBound }

    func removeAll() {
        checks.removeAll()
        rulings.removeAll(keepingCapacity: true)
        askers.removeAll(keepingCapacity: true)
        groups.removeAll(keepingCapacity: true)
        memberCharges.removeAll(keepingCapacity: true)
    }
}

/// What the policy made of a check.
enum Ruling: Equatable {
    case priced(Pricing)
    case invalid(InvalidField)
}
