import DecisionService
import FoundationEssentials
import HTTPTypes
import Hummingbird
import TransportSecurity

/// Lets those in whose token allows what they ask for.
///
/// A token comes as `Authorization: Bearer`, or as the password of `Basic`, which is how a browser can be asked for it.
struct AccessGuard: Sendable {
    let register: AccessRegister
    let refusals: RefusalLog?
    /// Nobody but this machine reaches the port. Where others do, a local peer may be a proxy that stands for them.
    let listensLocally: Bool

    /// - Parameter role: what the request is for; nil lets everyone in.
    func check(_ request: Request, _ context: PeerContext, for role: Role?) throws(HTTPProblem) {
        guard let role else { return }
        let token = request.headers[.authorization].flatMap(Self.token)
        switch register.permits(token, role, isLocalPeer: listensLocally && context.isLocalPeer) {
        case .permitted: break
        case .unauthenticated:
            refusals?.note(token == nil ? .tokenMissing : .tokenUnknown, peer: context.peer)
            throw HTTPProblem(
                .unauthorized,
                token == nil ? "a token is needed" : "the token is not known",
                fields: Self.challenges
            )
        case .denied:
            refusals?.note(.tokenRole, peer: context.peer)
            throw HTTPProblem(.forbidden, "this takes a token of the role \(role)")
        }
    }

    private static let challenges = HTTPFields([
        HTTPField(name: .wwwAuthenticate, value: "Bearer realm=\"headgate\""),
        HTTPField(name: .wwwAuthenticate, value: "Basic realm=\"headgate, token as password\", charset=\"UTF-8\""),
    ])

    private static func token(_ field: String) -> String? {
        let parts = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2 else { return nil }
        let credentials = String(parts[1].drop { $0 == " " })
        switch parts[0].lowercased() {
        case "bearer": return credentials
        case "basic":
            guard let data = Data(base64Encoded: credentials) else { return nil }
            let text = String(decoding: data, as: UTF8.self)
            return text.firstIndex(of: ":").map { String(text[text.index(after: $0)...]) }
        default: return nil
        }
    }
}
