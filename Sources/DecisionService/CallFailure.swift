package import LimitCore

/// Why a call has no answer. Each transport maps it to a status of its own.
package enum CallFailure: Error, Sendable, Equatable {
    /// The call breaks a bound or names something that does not exist.
    case invalid(InvalidField)
    /// The caller's time was up before the call was decided.
    case deadlineExceeded
    /// What the call needs is out for now, and why; the same call may be made again.
    case unavailable(String)
}
