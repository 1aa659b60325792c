import LimitCore
import Testing

struct AlgorithmTests {
    @Test(arguments: Algorithm.allCases)
    func `a name leads back to its algorithm`(algorithm: Algorithm) {
        #expect(Algorithm(name: algorithm.name) == algorithm)
    }

    @Test(arguments: ["", "fixed", "Fixed-Window", "fixed-window ", "gcra"])
    func `another name is no algorithm`(name: String) {
        #expect(Algorithm(name: name) == nil)
    }

    @Test func `only a bucket has a burst`() {
        #expect(Limit(.tokenBucket, count: 5, window: 1, burst: 9).capacity == 9)
        #expect(Limit(.tokenBucket, count: 5, window: 1).capacity == 5)
        #expect(Limit(.fixedWindow, count: 5, window: 1, burst: 9).capacity == 5)
        #expect(Limit(.slidingWindow, count: 5, window: 1, burst: 9).capacity == 5)
    }

    @Test func `the ceiling is the capacity unless it is given`() {
        #expect(Limit(.tokenBucket, count: 5, window: 1, burst: 9).ceiling == 9)
        #expect(Limit(.slidingWindow, count: 5, window: 1, ceiling: 7).ceiling == 7)
    }
}
