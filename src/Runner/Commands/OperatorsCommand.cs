using System.CommandLine;
using System.Text.Json.Nodes;
using MLTransfer.FineTuning.Conformance;
using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>operators</c>: which ONNX operators fine-tuning knows, and how they do on ONNX's own node tests.</summary>
internal static class OperatorsCommand
{
    public static Command Create(CommandContext context)
    {
        Option<string?> conformance = new("--conformance")
        {
            Description = "Run the node tests in this folder (test/model.onnx, test/test_data_set_0) instead of listing the operators.",
            HelpName = "folder",
        };
        Command command = new("operators", "List the ONNX operators that fine-tuning knows, or run ONNX's node tests on them.") { conformance };
        command.SetAction(parsed =>
        {
            bool json = parsed.GetValue(context.Json);
            if (parsed.GetValue(conformance) is { } folder)
                return Report(context.Console, NodeTests.Run(context.Console.FullPath(folder)), json);
            JsonObject[] rows = [.. OperatorTable.Rows().Select(Describe)];
            foreach (string line in json ? [] : ObjectView.Table(rows))
                context.Console.Output.WriteLine(line);
            foreach (JsonObject row in json ? rows : [])
                JsonLines.Write(context.Console.Output, row);
            return ExitCode.Success;
        });
        return command;
    }

    private static JsonObject Describe(OperatorRow row) => new()
    {
        ["domain"] = row.Domain,
        ["operator"] = row.Name,
        ["versions"] = new JsonArray([.. row.Versions.Select(static version => (JsonNode)version)]),
        ["limits"] = row.Limits,
    };

    // A test of several operators counts for each of them.
    private static int Report(RunnerConsole console, IEnumerable<NodeTestResult> tests, bool json)
    {
        NodeTestResult[] results = [.. tests];
        JsonObject report = Count(results);
        report["operators"] = new JsonArray([.. results
            .SelectMany(static result => result.Operators.Split(", ", StringSplitOptions.RemoveEmptyEntries), static (result, name) => (Name: name, Result: result))
            .GroupBy(static pair => pair.Name, static pair => pair.Result)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => Count(group, group.Key))]);
        report["notPassed"] = new JsonArray([.. results.Where(static result => result.Outcome != NodeTestOutcome.Passed).Select(static result => new JsonObject
        {
            ["test"] = result.Test,
            ["outcome"] = result.Outcome == NodeTestOutcome.Failed ? "failed" : "not supported",
            ["reason"] = result.Reason,
        })]);
        if (json)
            JsonLines.Write(console.Output, report);
        foreach (string line in json ? [] : ObjectView.Lines(report))
            console.Output.WriteLine(line);
        return results.Any(static result => result.Outcome == NodeTestOutcome.Failed) ? ExitCode.MachineFailure : ExitCode.Success;
    }

    private static JsonObject Count(IEnumerable<NodeTestResult> results, string? name = null)
    {
        ILookup<NodeTestOutcome, NodeTestResult> outcomes = results.ToLookup(static result => result.Outcome);
        JsonObject counts = name is null ? [] : new JsonObject { ["operator"] = name };
        counts["passed"] = outcomes[NodeTestOutcome.Passed].Count();
        counts["failed"] = outcomes[NodeTestOutcome.Failed].Count();
        counts["notSupported"] = outcomes[NodeTestOutcome.NotSupported].Count();
        return counts;
    }
}
