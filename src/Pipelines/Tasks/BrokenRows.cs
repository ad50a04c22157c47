using System.Globalization;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Rows whose content turns out not to be what their first bytes promised: counted and named, or fatal, as <c>data.onError</c> says.</summary>
/// <param name="onError">What is done with them.</param>
internal sealed class BrokenRows(RowErrorPolicy onError)
{
    private const int ExamplesKept = 10;

    private readonly List<string> _examples = [];

    /// <summary>Rows that were left out.</summary>
    public int Skipped { get; private set; }

    /// <summary>Takes a broken row.</summary>
    /// <param name="key">Where it is, see <see cref="DataColumns.RowKey"/>.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <exception cref="UserException">The policy is <see cref="RowErrorPolicy.Fail"/>.</exception>
    public void Reject(string key, UserException error)
    {
        if (onError == RowErrorPolicy.Fail)
        {
            throw new UserException(
                $"{key} cannot be used and data.onError is \"fail\": {error.Message} Mend the row, or set data.onError to \"skip\" to leave such rows out.", error);
        }

        Skipped++;
        if (_examples.Count < ExamplesKept)
        {
            _examples.Add(string.Create(CultureInfo.InvariantCulture, $"{key}: {error.Message}"));
        }
    }

    /// <summary>Warns of the rows that were left out, if there are any.</summary>
    public void Report(IProgress<RunEvent> events)
    {
        if (Skipped > 0)
        {
            events.Report(new RunWarning(DataReportText.Line("broken rows", Skipped, _examples)));
        }
    }
}
