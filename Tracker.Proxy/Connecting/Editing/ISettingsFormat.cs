namespace Tracker.Proxy.Connecting.Editing;

/// <summary>
/// A kind of settings file that single settings are read from and changed in, while every other character stays as it is. All methods throw
/// <see cref="MalformedSettingsException"/> for a text that is not of the kind.
/// </summary>
internal interface ISettingsFormat
{
    /// <summary>As it is remembered: <c>json</c>.</summary>
    string Name { get; }

    /// <summary>Null when the setting is not there.</summary>
    FoundSetting? Find(string text, SettingKey key);

    /// <summary>How a value is written.</summary>
    string Quote(string value);

    /// <summary>Adds a setting, or gives it another value.</summary>
    /// <param name="text">The file.</param>
    /// <param name="key">The setting.</param>
    /// <param name="literal">The value as <see cref="Quote"/> or <see cref="FoundSetting.Literal"/> writes it.</param>
    TextEdit Write(string text, SettingKey key, string literal);

    /// <summary>Takes a setting away, with its line if it has one of its own. Null when it is not there.</summary>
    TextEdit? Remove(string text, SettingKey key);

    /// <summary>Whether a container of settings is there and has nothing in it, not even a comment. The key without parts: the whole file.</summary>
    bool IsEmpty(string text, SettingKey key);
}
