package import ArgumentParser
package import LimitPolicy

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// `headgate policy import`: makes a policy of another service's limits.
package struct PolicyImport: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a policy file of another service's limits.",
        discussion: """
            EXAMPLE
              headgate policy import envoy-ratelimit config.yaml --output policy.yaml
            """,
        subcommands: [EnvoyRatelimit.self]
    )

    package init() {}

    /// `headgate policy import envoy-ratelimit`.
    package struct EnvoyRatelimit: AsyncParsableCommand {
        package static let configuration = CommandConfiguration(
            commandName: "envoy-ratelimit",
            abstract: "Make a policy file of the limits of envoyproxy/ratelimit.",
            discussion: """
                Every entry of a descriptor becomes an attribute, and a rule matches the descriptors of one shape. What \
                a policy cannot say is listed on standard error and in the file's comments. Envoy's own configuration \
                needs no change but the address of the service.

                EXAMPLE
                  headgate policy import envoy-ratelimit config.yaml --output policy.yaml
                """
        )

        @Argument(help: "The files of limits. Those of one domain are read as one.")
        package var files: [String]

        @Option(help: ArgumentHelp("Where to write the policy. (default: standard output)", valueName: "file"))
        package var output: String?

        @Option(help: "calendar: windows aligned to UTC, as there; sliding: without a double burst at their edges.")
        package var windows = EnvoyImport.Windows.calendar

        @Option(
            name: .customLong("client"),
            help: "The entry that is the client, for overrides and tiers: api_key. May be given again."
        )
        package var clients: [String] = []

        @Option(name: .customLong("route"), help: "The entry that is the route: path. May be given again.")
        package var routes: [String] = []

        @Option(
            name: .customLong("overdraft"),
            help: "An entry of descriptors whose cost is charged afterwards. May be given again."
        )
        package var overdrafts: [String] = []

        package init() {}

        package func run() async throws {
            var sources: [(name: String, bytes: [UInt8])] = []
            for file in files { sources.append((file, try PolicySource(path: file).content())) }
            var options = EnvoyImport.Options()
            options.windows = windows
            options.client = clients
            options.route = routes
            options.overdraft = overdrafts
            let translation: EnvoyImport.Translation
            do throws(PolicyErrors) {
                translation = try EnvoyImport.translate(sources, options)
            } catch {
                throw CommandFailure(lines: error.description)
            }
            for note in translation.notes { Terminal.complain(note.description.printable + "\n") }
            try PolicyImport.warn(of: translation.policy)
            guard let output else {
                print(translation.policy, terminator: "")
                return
            }
            try PolicyImport.write(translation.policy, to: output)
            let rules = translation.rules == 1 ? "1 rule" : "\(translation.rules) rules"
            let notes = translation.notes.count == 1 ? "1 note" : "\(translation.notes.count) notes"
            print("\(output): \(rules), \(notes)")
        }
    }

    /// Says so where this version does not take the policy.
    private static func warn(of policy: String) throws {
        do throws(PolicyErrors) {
            _ = try Policy.load(Array(policy.utf8), name: "the policy")
        } catch {
            let first = error.problems.first.map { ", first \($0)" } ?? ""
            Terminal.complain("headgate: this version does not take the policy\(first)\n")
        }
    }

    private static func write(_ text: String, to path: String) throws(CommandFailure) {
        guard let file = fopen(path, "w") else { throw CommandFailure("\(path): \(String(cString: strerror(errno)))") }
        let bytes = Array(text.utf8)
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else {
            throw CommandFailure("\(path): \(String(cString: strerror(errno)))")
        }
    }
}

extension EnvoyImport.Windows: ExpressibleByArgument {}
