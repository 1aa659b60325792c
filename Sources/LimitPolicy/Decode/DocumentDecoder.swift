/// What reads an operator's YAML file: a policy, cases for one, another service's limits.
///
/// Every method that cannot make sense of a part notes a problem at its place and goes on with what is there, so that
/// one run tells all of them.
package protocol DocumentDecoder {
    /// What is wrong so far.
    var problems: ProblemList { get set }
}

extension DocumentDecoder {
    /// The root of a file's document; nil where there is none, or where the file is no YAML, which is a problem then.
    package mutating func root(of bytes: [UInt8]) -> YAMLNode? {
        do throws(YAMLProblem) {
            return try YAMLReader.read(try SourceText.checked(bytes))
        } catch {
            problem(error.mark, .root, error.message)
            return nil
        }
    }

    /// Notes a problem.
    package mutating func problem(_ mark: Mark, _ path: PolicyPath, _ message: String) {
        problems.add(mark, path, message)
    }

    /// Notes a problem with a value.
    package mutating func problem(_ place: Located, _ message: String) {
        problems.add(place.mark, place.path, message)
    }
}
