package import ArgumentParser
import LimitPolicy
import PolicyTrials

/// `headgate policy test`: cases with expected answers, run without a daemon.
package struct PolicyTest: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run cases with expected answers against a policy file.",
        discussion: """
            Each case starts with empty counters and a clock of its own that its steps move, so an hour takes no \
            time. Exit codes: 0 all cases passed, 2 otherwise.

            cases:
              - name: ten a minute, then none
                client: alice
                route: /predict
                steps:
                  - { repeat: 12, expect: { allowed: 10, limited: 2 } }
                  - { at: 2m, expect: allowed }

            Steps may also settle, cancel and renew leases, and set a pool's replicas: deploy/policy/README.md.

            EXAMPLE
              headgate policy test policy.yaml cases.yaml
            """
    )

    @Argument(help: "The policy file.")
    package var file: String

    @Argument(help: "The file of cases.")
    package var cases: String

    @Flag(help: "Print the results as JSON.")
    package var json = false

    package init() {}

    package func run() async throws {
        let policy = try PolicySource(path: file).load()
        let bytes = try PolicySource(path: cases).content()
        let trials: [TrialCase]
        do throws(PolicyErrors) {
            trials = try CaseDecoder.decode(bytes, name: cases, for: policy)
        } catch {
            throw CommandFailure(lines: error.description)
        }
        let runner = CaseRunner(policy)
        let results = trials.map { runner.run($0) }
        let summary = CaseSummary(results, file: cases, isColoured: Terminal.takesColour)
        print(json ? summary.json : summary.text, terminator: "")
        if !results.allSatisfy(\.passed) { throw ExitCode(CommandFailure.usual) }
    }
}
