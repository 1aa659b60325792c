/// How often each of the bench's clients calls.
package enum Popularity: Sendable {
    case uniform(clients: Int)
    case zipf(Zipf)

    /// The number of a client, from 0.
    package func next(_ random: inout RandomBits) -> Int {
        switch self {
        case .uniform(let clients): Int(truncatingIfNeeded: random.next(below: UInt64(clients)))
        case .zipf(let zipf): zipf.next(&random) - 1
        }
    }
}
