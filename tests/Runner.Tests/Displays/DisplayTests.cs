using System.Text.Json.Nodes;
using MLTransfer.Pipelines.Tasks.Events;
using MLTransfer.Runner.Displays;
using Spectre.Console.Testing;

namespace MLTransfer.Runner.Tests.Displays;

public sealed class DisplayTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly ManualTime _time = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task PlainDisplay_Run_WritesALineNowAndThen()
    {
        await new PlainDisplay(new RunnerConsole(_output, _error, "/"), _time).WatchAsync(events =>
        {
            events.Report(new StageStarted(RunStage.Features, 100, "rows", "resnet18"));
            for (int done = 1; done <= 100; done++)
            {
                _time.Wait(0.2);
                events.Report(new StageAdvanced(RunStage.Features, done));
            }
            events.Report(new RunWarning("2 rows skipped"));
            events.Report(new StageFinished(RunStage.Features, TimeSpan.FromSeconds(20), 100, "rows", "512 features a row"));
            return Task.FromResult(0);
        });

        Assert.Equal(
            [
                "features   resnet18",
                "features   25 of 100 rows (25 %), 5.0 rows/s, 15 s left",
                "features   50 of 100 rows (50 %), 5.0 rows/s, 10 s left",
                "features   75 of 100 rows (75 %), 5.0 rows/s, 5.0 s left",
                "features   512 features a row, 20 s (5.0 rows/s)",
            ],
            _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("warning: 2 rows skipped", _error.ToString().Trim());
    }

    [Fact]
    public async Task QuietDisplay_Run_WritesWarningsOnly()
    {
        await new QuietDisplay(_error).WatchAsync(Report);

        Assert.Equal("warning: careful", _error.ToString().Trim());
    }

    [Fact]
    public async Task JsonDisplay_Run_IsOneObjectALine()
    {
        await new JsonDisplay(_output).WatchAsync(Report);

        JsonObject[] lines = [.. _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
        Assert.Equal(["stage-started", "stage-advanced", "warning", "note", "stage-finished"], lines.Select(line => (string?)line["event"]));
        Assert.Equal("data", (string?)lines[0]["stage"]);
        Assert.Equal(4, (int?)lines[0]["total"]);
        Assert.Equal(4, (int?)lines[1]["done"]);
        Assert.Equal(1.5, (double?)lines[4]["seconds"]);
    }

    [Fact]
    public async Task TerminalDisplay_Run_EndsWithTheSummaries()
    {
        using TestConsole console = new TestConsole().Interactive();
        console.Profile.Width = 120;
        console.Profile.Capabilities.Ansi = true;
        console.Profile.Capabilities.Interactive = true;

        int result = await new TerminalDisplay(console).WatchAsync(async events =>
        {
            await Report(events);
            events.Report(new StageStarted(RunStage.Training, null, "rows", "lbfgs [1e-3]"));
            events.Report(new StageFinished(RunStage.Training, TimeSpan.FromSeconds(2), null, "rows", "lbfgs [1e-3]"));
            return 7;
        });

        Assert.Equal(7, result);
        Assert.Contains("4 rows read, 1.5 s (2.7 rows/s)", console.Output, StringComparison.Ordinal);
        Assert.Contains("lbfgs [1e-3], 2.0 s", console.Output, StringComparison.Ordinal);
        Assert.Contains("warning: careful", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TerminalDisplay_StageEnteredAgain_LeavesWhatCameOfTheFirst()
    {
        using TestConsole console = new TestConsole().Interactive();
        console.Profile.Width = 120;
        console.Profile.Capabilities.Ansi = true;
        console.Profile.Capabilities.Interactive = true;

        await new TerminalDisplay(console).WatchAsync(events =>
        {
            Evaluate(events, "accuracy 0.9400");
            Evaluate(events, "baseline frozen: accuracy 0.9600");
            return Task.FromResult(0);
        });

        // The last drawing: a bar for each.
        string[] last = [.. console.Lines.Where(static line => line.StartsWith("evaluation", StringComparison.Ordinal)).TakeLast(2)];
        Assert.EndsWith(" accuracy 0.9400, 1.0 s", last[0].TrimEnd(), StringComparison.Ordinal);
        Assert.EndsWith(" baseline frozen: accuracy 0.9600, 1.0 s", last[1].TrimEnd(), StringComparison.Ordinal);

        static void Evaluate(IProgress<RunEvent> events, string summary)
        {
            events.Report(new StageStarted(RunStage.Evaluation, null, "rows", "50 test rows"));
            events.Report(new StageFinished(RunStage.Evaluation, TimeSpan.FromSeconds(1), null, "rows", summary));
        }
    }

    private static Task<int> Report(IProgress<RunEvent> events)
    {
        events.Report(new StageStarted(RunStage.Data, 4, "rows", "train.csv"));
        events.Report(new StageAdvanced(RunStage.Data, 4));
        events.Report(new RunWarning("careful"));
        events.Report(new RunNote("by the way"));
        events.Report(new StageFinished(RunStage.Data, TimeSpan.FromSeconds(1.5), 4, "rows", "4 rows read"));
        return Task.FromResult(0);
    }
}
