# Redmine as the Debian package has it, filled with what tests need before its server answers. REDMINE_SAYS names the
# file for what they must know.
require '/usr/share/redmine/config/environment'

unless File.exist?(ENV['REDMINE_SAYS'])
  Setting.rest_api_enabled = '1'
  Setting.default_language = 'en'
  Setting.text_formatting = 'common_mark'

  def person(login, first, last, **more)
    user = User.new(firstname: first, lastname: last, mail: "#{login}@hearthline.example", language: 'en', **more)
    user.login = login
    user.password = user.password_confirmation = ENV['AGENT_PASSWORD']
    user.must_change_passwd = false
    user.save!
    user
  end

  bot = person('frontdoor', 'Front', 'Door')
  li = person('li', 'Li', 'Na')
  roles = {'Support' => 'Manager', 'Records' => 'Manager', 'Narrow' => 'Reporter'}
  handoff = IssueCustomField.create!(
    name: 'Front Door handoff', field_format: 'string', is_for_all: true, is_filter: true, searchable: true, max_length: 64,
    trackers: Tracker.all,
  )
  projects = roles.to_h do |name, role|
    project = Project.create!(
      name: name, identifier: name.downcase, trackers: Tracker.all, enabled_module_names: %w[issue_tracking],
      is_public: false,
    )
    {bot => role, li => 'Manager'}.each do |user, its|
      Member.create!(project: project, principal: user, roles: [Role.find_by!(name: its)])
    end
    [name.downcase, project.id]
  end
  named = ->(found) { found.to_h { |each| [each.name, each.id] } }
  File.write(ENV['REDMINE_SAYS'], JSON.generate(
    key: bot.api_key, projects: projects, field: handoff.id, agent: li.id, trackers: named[Tracker.all],
    statuses: named[IssueStatus.all], priorities: named[IssuePriority.all],
  ))
end

# What a text becomes on a page, by the formatting of the site: nobody else can tell.
rendered = lambda do |env|
  asked = JSON.parse(env['rack.input'].read)
  was = Setting.text_formatting
  Setting.text_formatting = asked['formatting']
  User.current = User.find_by_login('li')
  html = ApplicationController.renderer.render(
    inline: '<%= textilizable(text, object: issue) %>', locals: {text: asked['text'], issue: Issue.last},
  )
  [200, {'Content-Type' => 'text/html; charset=utf-8'}, [html]]
ensure
  Setting.text_formatting = was
end

map('/rendered') { run rendered }
run Rails.application
