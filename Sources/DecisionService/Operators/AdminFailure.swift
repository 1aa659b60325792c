/// Why an operator's request is not carried out.
package enum AdminFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The request says something that cannot be.
    case invalid(String)
    /// It names a limit or a tier that the policy does not have.
    case notFound(String)
    /// There is no room, or the thing asked for is not to be had here.
    case full(String)
    /// What is to be loaded has problems.
    case refused(String)
    /// The store, or the folder, that keeps it is out for now.
    case unavailable(String)

    package var description: String {
        switch self {
        case .invalid(let text), .notFound(let text), .full(let text), .refused(let text), .unavailable(let text): text
        }
    }
}
