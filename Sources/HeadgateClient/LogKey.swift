/// The keys of this library's log metadata.
enum LogKey {
    static let address = "headgate.address"
    static let problem = "headgate.problem"
}
