using System.CommandLine;
using System.Text.RegularExpressions;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Schemas;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Tests;

/// <summary>The pages that describe the command line and the pipeline file say what the code does.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void PipelinePage_Fields_AreThoseOfTheSchema()
    {
        string path = Repository.PathOf("docs", "pipeline.md");
        string page = File.ReadAllText(path).ReplaceLineEndings("\n");
        const string Begin = "<!-- fields -->\n";
        int start = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string fields = FieldReference.Markdown(PipelineSchema.Json());
        if (Environment.GetEnvironmentVariable("MLTRANSFER_UPDATE_SCHEMAS") == "1")
        {
            page = page[..start] + fields;
            File.WriteAllText(path, page);
        }

        Assert.True(fields == page[start..], "docs/pipeline.md is not what the option records give. Run the tests with MLTRANSFER_UPDATE_SCHEMAS=1 to write it anew.");
    }

    [Fact]
    public void RunnerPage_EveryCommandAndOption_IsDescribed()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "runner.md"));
        RootCommand root = CommandLine.CreateRoot(new CommandContext(new RunnerConsole(TextWriter.Null, TextWriter.Null, "/")));

        foreach (Command command in root.Subcommands)
        {
            Assert.Contains($"`{command.Name}", page, StringComparison.Ordinal);
            foreach (Option option in command.Options.Concat(root.Options).Where(static option => option.Name is not "--help" and not "--version"))
                Assert.Contains(option.Name, page, StringComparison.Ordinal);
        }
        foreach (string file in RunFiles.All)
            Assert.Contains($"`{file}`", page, StringComparison.Ordinal);
    }

    /// <summary>A page or a licence note that goes missing is noticed by what points to it.</summary>
    [Fact]
    public void Pages_Links_LeadToFiles()
    {
        string[] pages =
        [
            .. Directory.GetFiles(Repository.PathOf("."), "*.md"),
            .. Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories),
            .. Directory.GetFiles(Repository.PathOf("onnx-models"), "*.md", SearchOption.AllDirectories),
        ];

        string[] broken =
        [
            .. from page in pages
               from Match link in LinkPattern().Matches(File.ReadAllText(page))
               let target = link.Groups["target"].Value
               where !target.Contains("://", StringComparison.Ordinal)
               let path = Path.Combine(Path.GetDirectoryName(page)!, target)
               where !File.Exists(path) && !Directory.Exists(path)
               select $"{Path.GetFileName(page)}: {target}",
        ];

        Assert.True(pages.Length > 10);
        Assert.Empty(broken);
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex LinkPattern();
}
