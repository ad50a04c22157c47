using MLTransfer.FineTuning.Conformance;

namespace MLTransfer.FineTuning.Tests.Conformance;

public class NodeTestsTests
{
    [Fact]
    public void Run_NodeTestsOfOnnx_NoneFails()
    {
        string directory = Environment.GetEnvironmentVariable("MLTRANSFER_NODE_TESTS") is { Length: > 0 } given ? given : SharedFiles.Require("goldens", "onnx-node-tests");

        NodeTestResult[] results = [.. NodeTests.Run(directory)];

        foreach (NodeTestResult result in results.Where(result => result.Outcome != NodeTestOutcome.Passed))
        {
            Console.WriteLine($"{result.Outcome} {result.Test}: {result.Reason}");
        }

        Console.WriteLine(string.Join(", ", results.GroupBy(result => result.Outcome).Select(group => $"{group.Count()} {group.Key}")));
        Assert.DoesNotContain(results, result => result.Outcome == NodeTestOutcome.Failed);
        Assert.True(results.Count(result => result.Outcome == NodeTestOutcome.Passed) >= results.Length * 740 / 783, "Fewer than 740 of 783 node tests pass.");
    }
}
