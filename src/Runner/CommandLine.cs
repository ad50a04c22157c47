using System.CommandLine;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;
using MLTransfer.Runner.Commands;

namespace MLTransfer.Runner;

/// <summary>The command line: verbs and options to commands, exceptions to exit codes.</summary>
internal static class CommandLine
{
    private const string DefaultVerb = "run";

    private static readonly string[] AboutTheProgram = ["--help", "-h", "-?", "/?", "/h", "--version"];

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">As the shell gives them; without a verb, <c>run</c> is meant.</param>
    /// <param name="console">Where results and errors go.</param>
    /// <param name="cancellation">Cancelled by Ctrl-C.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, RunnerConsole console, CancellationToken cancellation)
    {
        CommandContext context = new(console);
        RootCommand root = CreateRoot(context);
        try
        {
            ParseResult parsed = root.Parse(WithVerb(arguments, root));
            if (parsed.Errors.Count > 0)
            {
                string command = parsed.CommandResult.Command == root ? "" : parsed.CommandResult.Command.Name + " ";
                string problems = string.Join(" ", parsed.Errors.Select(static error => error.Message));
                throw new UserException($"{problems} `{command}--help` lists what there is.");
            }
            InvocationConfiguration configuration = new()
            {
                Output = console.Output,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // signals are turned into the cancellation already
            };
            return await parsed.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return Failure.Report(error, console, isJson: arguments.Contains(context.Json.Name));
        }
    }

    /// <summary>All verbs and their options.</summary>
    internal static RootCommand CreateRoot(CommandContext context)
    {
        RootCommand root = new(
            "Transfer learning for .NET: a pretrained ONNX network and your data become an ML.NET model.\n\n"
            + "  A path in place of a command runs that pipeline: mltransfer samples/flowers/pipeline.json")
        {
            RunCommand.Create(context),
            ValidateCommand.Create(context),
            FindRateCommand.Create(context),
            NewCommand.Create(context),
            PredictCommand.Create(context),
            EvaluateCommand.Create(context),
            ExportCommand.Create(context),
            MergeAdapterCommand.Create(context),
            InspectCommand.Create(context),
            BackbonesCommand.Create(context),
            OperatorsCommand.Create(context),
            SchemaCommand.Create(context),
        };
        root.HelpName = "mltransfer";
        root.Options.Add(context.Json);
        root.Options.Add(context.Quiet);
        return root;
    }

    private static IReadOnlyList<string> WithVerb(IReadOnlyList<string> arguments, RootCommand root)
    {
        if (arguments.Count == 0)
            return ["--help"];
        string? first = arguments.FirstOrDefault(static argument => !argument.StartsWith('-'));
        bool isDirective = arguments[0].StartsWith('[');
        if (first is null ? arguments.Any(AboutTheProgram.Contains) : isDirective || root.Subcommands.Any(command => command.Name == first))
            return arguments;
        if (first is not null && first == arguments[0] && !Path.Exists(first) && !Path.HasExtension(first)
            && EditDistance.Nearest(first, root.Subcommands.Select(static command => command.Name)) is { } nearest)
        {
            throw new UserException($"There is no command and no file '{first}'. Did you mean '{nearest}'? `--help` lists the commands.");
        }
        return [DefaultVerb, .. arguments];
    }
}
